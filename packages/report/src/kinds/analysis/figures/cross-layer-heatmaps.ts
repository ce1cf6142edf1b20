import { figure } from "../../../figure.ts"
import { crossLayerOf } from "../relations.ts"
import { relationHeatmaps } from "./relation-heatmaps.ts"

/** Ob1: which experts of the next MoE layer follow which of this one (Figure 4 of the study). */
export const crossLayerHeatmaps = figure("cross-layer-heatmaps", "temporal", (evidence) => {
  const named = crossLayerOf(evidence)
  const picture = named === undefined ? undefined : relationHeatmaps(named)
  if (picture === undefined) return undefined
  return {
    title: "From one MoE layer to the next (Ob1)",
    caption:
      "Each row is the distribution of the next layer's experts for tokens that selected expert i. Columns that are strong " +
      "throughout are popular experts; spots in single rows are what the relation adds.",
    picture
  }
})
