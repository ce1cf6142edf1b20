/** A stranger's predictor that gives no numbers at the second MoE layer. */
import recency from "../src/predictors/recency.ts"
import type { Predictor } from "../src/predictor.ts"

const broken: Predictor = {
  ...recency,
  id: "broken",
  train: (setup) => {
    const fold = recency.train(setup)
    return {
      ...fold,
      finish: (state, validation) => {
        const forecaster = fold.finish(state, validation)
        if (setup.layerIndex !== 1) return forecaster
        return {
          ...forecaster,
          open: (units) => ({ ...forecaster.open(units), predict: (_unit, _step, scores) => void scores.fill(NaN) })
        }
      }
    }
  }
}

export default broken
