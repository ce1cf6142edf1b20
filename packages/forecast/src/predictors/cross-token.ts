import { heatmapPredictor } from "../parts/heatmap.ts"

/** The study's predictor (Ob2): the rows of the experts computed now, averaged. */
const crossToken = heatmapPredictor({
  id: "cross-token",
  title: "Cross-token heatmap",
  description: "mean of the rows P(j | i) of the experts that the last token chose at this layer",
  from: 1,
  rows: "average"
})

export default crossToken
