import { heatmapPredictor } from "../parts/heatmap.ts"

/** The relation between layers (Ob1): known only one MoE layer ahead. */
const crossLayer = heatmapPredictor({
  id: "cross-layer",
  title: "Cross-layer heatmap",
  description: "mean of the rows P(j | i) of the experts that this token chose at the MoE layer before",
  from: "layer",
  rows: "average"
})

export default crossLayer
