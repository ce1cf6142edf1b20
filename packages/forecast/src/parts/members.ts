/** The predictors that the built-in combinations are made of. */
import type { Predictor } from "../predictor.ts"
import adaptive from "../predictors/adaptive.ts"
import crossLayer from "../predictors/cross-layer.ts"
import crossLayerProduct from "../predictors/cross-layer-product.ts"
import crossToken from "../predictors/cross-token.ts"
import crossTokenProduct from "../predictors/cross-token-product.ts"
import lastToken from "../predictors/last-token.ts"
import popularity from "../predictors/popularity.ts"
import prefill from "../predictors/prefill.ts"
import recency from "../predictors/recency.ts"
import task from "../predictors/task.ts"
import twoTokensBack from "../predictors/two-tokens-back.ts"
import window from "../predictors/window.ts"

/** Of a lead of one token. */
export const tokenMembers: ReadonlyArray<Predictor> = [
  popularity,
  task,
  prefill,
  adaptive,
  window,
  recency,
  lastToken,
  crossToken,
  crossTokenProduct,
  twoTokensBack
]

/** Of any lead. */
export const allMembers: ReadonlyArray<Predictor> = [...tokenMembers, crossLayer, crossLayerProduct]

/**
 * What a product is made of: one member for each source of knowledge. Those that are left out (prefill, window and
 * the averaged heatmaps) say nothing that these do not, and a product's fit takes time with the square of its members.
 */
export const tokenFactors: ReadonlyArray<Predictor> = [
  popularity,
  task,
  adaptive,
  recency,
  lastToken,
  crossTokenProduct,
  twoTokensBack
]

/** Of any lead. */
export const allFactors: ReadonlyArray<Predictor> = [...tokenFactors, crossLayerProduct]
