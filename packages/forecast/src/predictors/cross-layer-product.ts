import { heatmapPredictor } from "../parts/heatmap.ts"

/** The cross-layer heatmap with rows multiplied as evidence instead of averaged. */
const crossLayerProduct = heatmapPredictor({
  id: "cross-layer-product",
  title: "Cross-layer evidence",
  description: "popularity times the evidence of each expert that this token chose at the MoE layer before",
  from: "layer",
  rows: "product"
})

export default crossLayerProduct
