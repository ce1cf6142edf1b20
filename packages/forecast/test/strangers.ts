/** A stranger's predictor, which threads import by its path. */
import { heatmapPredictor } from "../src/parts/heatmap.ts"

export default heatmapPredictor({
  id: "strangers",
  title: "A stranger's",
  description: "mean of the rows of the token before the last",
  from: 2,
  rows: "average"
})
