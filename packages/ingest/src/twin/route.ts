/** Routes the tokens of one request through a synthetic router, layer by layer. */
import { random, substream } from "@moira/trace"
import { layerLatents, tokenLatents } from "./latents.ts"
import type { TwinParameters } from "./parameters.ts"
import { noiseSize, requestDims, type Router, tokenDims } from "./router.ts"
import { choose, type Chooser } from "./select.ts"

/** Scores of one layer that all tokens of the request share: popularity and what the request is about. */
const requestScores = (router: Router, layerIndex: number, latent: Float64Array, out: Float64Array): void => {
  const { experts, bias, requestLoadings } = router
  for (let e = 0; e < experts; e++) {
    const cell = layerIndex * experts + e
    let score = bias[cell]!
    for (let d = 0; d < requestDims; d++) score += latent[d]! * requestLoadings[cell * requestDims + d]!
    out[e] = score
  }
}

/**
 * Scores of one token at one layer. Hot loop, written out for the eight dimensions; noise is a walk through the table
 * from `start` by an odd `stride`, so no two experts of a token meet the same entry.
 */
const tokenScores = (
  router: Router,
  layerIndex: number,
  shared: Float64Array,
  latents: Float64Array,
  token: number,
  start: number,
  stride: number,
  out: Float64Array
): void => {
  const { experts, tokenLoadings: w, noise } = router
  const at = token * tokenDims
  const u0 = latents[at]!
  const u1 = latents[at + 1]!
  const u2 = latents[at + 2]!
  const u3 = latents[at + 3]!
  const u4 = latents[at + 4]!
  const u5 = latents[at + 5]!
  const u6 = latents[at + 6]!
  const u7 = latents[at + 7]!
  let i = layerIndex * experts * tokenDims
  let n = start
  for (let e = 0; e < experts; e++) {
    out[e] =
      shared[e]! +
      noise[n & (noiseSize - 1)]! +
      (u0 * w[i]! + u1 * w[i + 1]! + (u2 * w[i + 2]! + u3 * w[i + 3]!)) +
      (u4 * w[i + 4]! + u5 * w[i + 5]! + (u6 * w[i + 6]! + u7 * w[i + 7]!))
    i += tokenDims
    n += stride
  }
}

export interface Routed {
  readonly router: Router
  readonly chooser: Chooser
  readonly parameters: TwinParameters
}

/** Ids `[layerIndex][token][k]` of one request. Choosing the greatest Gumbel-perturbed scores draws without
 * replacement from their softmax (Kool et al., arXiv 1903.06059). */
export const routeRequest = (
  { router, chooser, parameters }: Routed,
  seed: number,
  request: number,
  latent: Float64Array,
  tokens: number
): Uint16Array => {
  const { layers, experts } = router
  const { topK } = chooser
  const ids = new Uint16Array(layers * tokens * topK)
  const series = tokenLatents(parameters, seed, request, tokens)
  const latents = new Float64Array(tokens * tokenDims)
  const shared = new Float64Array(experts)
  const scores = new Float64Array(experts)
  const { uint32 } = random(substream(seed, "request", request, "noise"))
  let at = 0
  for (let layerIndex = 0; layerIndex < layers; layerIndex++) {
    requestScores(router, layerIndex, latent, shared)
    layerLatents(parameters, series, layerIndex, layers, latents)
    for (let token = 0; token < tokens; token++) {
      tokenScores(router, layerIndex, shared, latents, token, uint32() >>> 16, uint32() | 1, scores)
      choose(chooser, scores)
      for (let k = 0; k < topK; k++) ids[at++] = chooser.ids[k]!
    }
  }
  return ids
}
