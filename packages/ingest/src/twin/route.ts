/** Routes the tokens of one request through a synthetic router, layer by layer. */
import { random, substream } from "@moira/trace"
import { layerLatents, tokenLatents } from "./latents.ts"
import type { TwinParameters } from "./parameters.ts"
import { noiseSize, requestDims, type Router, tokenDims } from "./router.ts"
import { choose, type Chooser } from "./select.ts"
import type { Lengths } from "./workload.ts"

/** Scores of the `n`th layer that all tokens of the request share: popularity and what the request is about. */
const requestScores = (router: Router, n: number, latent: Float64Array, out: Float64Array): void => {
  const { experts, bias, requestLoadings } = router
  for (let e = 0; e < experts; e++) {
    const cell = n * experts + e
    let score = bias[cell]!
    for (let d = 0; d < requestDims; d++) score += latent[d]! * requestLoadings[cell * requestDims + d]!
    out[e] = score
  }
}

/** The next `out.length` noise draws, times `strength`. */
const clusterScores = (
  noise: Float32Array,
  start: number,
  stride: number,
  strength: number,
  out: Float64Array
): void => {
  for (let c = 0, n = start; c < out.length; c++, n += stride) out[c] = strength * noise[n & (noiseSize - 1)]!
}

/**
 * Scores of one token at the `layer`th layer. Hot loop, written out for the eight dimensions; noise is a walk through
 * the table from `start` by an odd `stride`, so no two experts of a token meet the same entry.
 */
const tokenScores = (
  router: Router,
  layer: number,
  shared: Float64Array,
  clusters: Float64Array,
  latents: Float64Array,
  token: number,
  start: number,
  stride: number,
  out: Float64Array
): void => {
  const { experts, tokenLoadings: w, noise, cluster } = router
  const at = token * tokenDims
  const u0 = latents[at]!
  const u1 = latents[at + 1]!
  const u2 = latents[at + 2]!
  const u3 = latents[at + 3]!
  const u4 = latents[at + 4]!
  const u5 = latents[at + 5]!
  const u6 = latents[at + 6]!
  const u7 = latents[at + 7]!
  const cell = layer * experts
  let i = cell * tokenDims
  let n = start
  for (let e = 0; e < experts; e++) {
    out[e] =
      shared[e]! +
      clusters[cluster[cell + e]!]! +
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

/**
 * Ids `[layer][token][k]` of one request, for the layers of the router. Choosing the greatest Gumbel-perturbed scores
 * draws without replacement from their softmax (Kool et al., arXiv 1903.06059). Noise is seeded for each layer, so a
 * layer's ids do not depend on which others are made.
 */
export const routeRequest = (
  { router, chooser, parameters }: Routed,
  seed: number,
  request: number,
  latent: Float64Array,
  lengths: Lengths
): Uint16Array => {
  const { layers, experts, noise } = router
  const { topK } = chooser
  const tokens = lengths.prefillTokens + lengths.decodeTokens
  const ids = new Uint16Array(layers.length * tokens * topK)
  const series = tokenLatents(parameters, seed, request, lengths)
  const latents = new Float64Array(tokens * tokenDims)
  const shared = new Float64Array(experts)
  const clusters = new Float64Array(router.clusters)
  const scores = new Float64Array(experts)
  let at = 0
  for (let layer = 0; layer < layers.length; layer++) {
    const { index, depth } = layers[layer]!
    const { uint32 } = random(substream(seed, "request", request, "noise", index))
    requestScores(router, layer, latent, shared)
    layerLatents(parameters, series, depth, latents)
    for (let token = 0; token < tokens; token++) {
      if (parameters.cluster > 0) clusterScores(noise, uint32() >>> 16, uint32() | 1, parameters.cluster, clusters)
      tokenScores(router, layer, shared, clusters, latents, token, uint32() >>> 16, uint32() | 1, scores)
      choose(chooser, scores)
      for (let k = 0; k < topK; k++) ids[at++] = chooser.ids[k]!
    }
  }
  return ids
}
