import { heatmapPredictor } from "../parts/heatmap.ts"

/** As the cross-token heatmap, one token further back. */
const twoTokensBack = heatmapPredictor({
  id: "two-tokens-back",
  title: "Heatmap of the token before the last",
  description: "mean of the rows P(j | i) of the experts that the token before the last chose at this layer",
  from: 2,
  rows: "average"
})

export default twoTokensBack
