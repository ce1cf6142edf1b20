import { figure } from "../../../figure.ts"
import { crossTokenOf } from "../relations.ts"
import { relationHeatmaps } from "./relation-heatmaps.ts"

/** Ob2: which experts the next token selects at the same layer (Figure 5 of the study). */
export const crossTokenHeatmaps = figure("cross-token-heatmaps", "temporal", (evidence) => {
  const named = crossTokenOf(evidence)
  const picture = named === undefined ? undefined : relationHeatmaps(named)
  if (picture === undefined) return undefined
  return {
    title: "From one token to the next at the same layer (Ob2)",
    caption:
      "Each row is the distribution of the next token's experts after a token that selected expert i. " +
      "A strong diagonal means that the next token selects the same expert again.",
    picture
  }
})
