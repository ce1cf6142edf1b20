import { heatmapPredictor } from "../parts/heatmap.ts"

/** The cross-token heatmap with rows multiplied as evidence instead of averaged. */
const crossTokenProduct = heatmapPredictor({
  id: "cross-token-product",
  title: "Cross-token evidence",
  description: "popularity times the evidence of each expert that the last token chose at this layer",
  from: 1,
  rows: "product"
})

export default crossTokenProduct
