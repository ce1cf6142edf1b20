import { forecastOf } from "../forecasts.ts"
import { figure } from "../../../figure.ts"
import { degenerateNote } from "../../analysis/figures/degenerate.ts"
import { forecastLines } from "./forecast-lines.ts"

/** Recall over depth. */
export const forecastLayers = figure("forecast-layers", "forecast", (evidence) => {
  const result = forecastOf(evidence)
  if (result === undefined) return undefined
  const picture = forecastLines(
    result,
    ({ layers }) => layers.map((l) => ({ x: l.layer, y: l.degenerate ? null : l.recall })),
    { x: "MoE layer", y: `Recall among the best ${result.topK}`, shaded: result.degenerateLayers }
  )
  if (picture === undefined) return undefined
  return {
    title: "Where in the model the next experts can be foreseen",
    caption:
      `Recall among the best ${result.topK} by layer: the two best combinations, the three best single predictors, and ` +
      `popularity. The first MoE layer has none before it, so there a lead of one layer adds nothing.` +
      degenerateNote(result.degenerateLayers),
    picture
  }
})
