/** Routes the tokens of one request through a synthetic router, layer by layer. */
import { random, substream } from "@moira/core"
import { drawsPerToken, type LayerRoutes, tokensAtOnce } from "./engines/layer-routes.ts"
import { layerLatents, tokenLatents } from "./latents.ts"
import type { TwinParameters } from "./parameters.ts"
import { requestDims, type Router, tokenDims } from "./router.ts"
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

export interface Routed {
  readonly router: Router
  readonly routes: LayerRoutes
  readonly topK: number
  readonly parameters: TwinParameters
}

/** The draws of a layer's tokens, in their order. */
const drawTokens = (uint32: () => number, tokens: number, withClusters: boolean, out: Uint32Array): void => {
  for (let at = 0; at < tokens * drawsPerToken; at += drawsPerToken) {
    if (withClusters) {
      out[at] = uint32() >>> 16
      out[at + 1] = uint32() | 1
    }
    out[at + 2] = uint32() >>> 16
    out[at + 3] = uint32() | 1
  }
}

/**
 * Ids `[layer][token][k]` of one request, for the layers of the router. Choosing the greatest Gumbel-perturbed scores
 * draws without replacement from their softmax (Kool et al., arXiv 1903.06059). Noise is seeded for each layer, so a
 * layer's ids do not depend on which others are made.
 */
export const routeRequest = (
  { router, routes, topK, parameters }: Routed,
  seed: number,
  request: number,
  latent: Float64Array,
  lengths: Lengths
): Uint16Array => {
  const { layers } = router
  const tokens = lengths.prefillTokens + lengths.decodeTokens
  const ids = new Uint16Array(layers.length * tokens * topK)
  const series = tokenLatents(parameters, seed, request, lengths)
  // Room for the tokens after the last that are scored with it.
  const room = tokens + tokensAtOnce - 1
  const inputs = {
    tokens,
    shared: new Float64Array(router.experts),
    latents: new Float64Array(room * tokenDims),
    draws: new Uint32Array(room * drawsPerToken)
  }
  layers.forEach(({ index, depth }, layer) => {
    const { uint32 } = random(substream(seed, "request", request, "noise", index))
    requestScores(router, layer, latent, inputs.shared)
    layerLatents(parameters, series, depth, inputs.latents)
    drawTokens(uint32, tokens, parameters.cluster > 0, inputs.draws)
    routes.route(layer, inputs, ids.subarray(layer * tokens * topK, (layer + 1) * tokens * topK))
  })
  return ids
}
