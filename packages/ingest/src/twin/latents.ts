/** What the router sees of a request: one latent for the whole request, and one for each token and layer. */
import { random, substream } from "@moira/trace"
import type { TwinParameters } from "./parameters.ts"
import { requestDims, tokenDims } from "./router.ts"
import { type TwinLanguage, twinLanguages } from "./workload.ts"

/** The first axes belong to a language each, so that languages differ equally in every twin. */
const languageAxes = twinLanguages.length

/** Adds a seeded direction off the language axes, so long that its effect on scores has the given deviation. */
const addDirection = (into: Float64Array, seed: number, deviation: number): void => {
  const { normal } = random(seed)
  const drawn = into.map((_, axis) => (axis < languageAxes ? 0 : normal()))
  const scale = (deviation * Math.sqrt(into.length)) / Math.hypot(...drawn)
  for (let i = 0; i < into.length; i++) into[i] = into[i]! + scale * drawn[i]!
}

/**
 * The latent that all tokens of a request share, prefill and decode: a centre for its language, one for its topic
 * (the same in every language) and a part of its own. `[requestDims]`, in units of score deviation.
 */
export const requestLatent = (
  parameters: TwinParameters,
  seed: number,
  request: { readonly index: number; readonly language: TwinLanguage; readonly topic: string }
): Float64Array => {
  const latent = new Float64Array(requestDims)
  latent[twinLanguages.indexOf(request.language)] = parameters.language * Math.sqrt(requestDims)
  addDirection(latent, substream(seed, "topic", request.topic), parameters.topic)
  addDirection(latent, substream(seed, "request", request.index, "latent"), parameters.request)
  return latent
}

/** `[tokens][tokenDims]` of unit variance with `E[x(t) x(t+1)] = rho`, first token stationary: an AR(1) process. */
const autoregressive = (seed: number, tokens: number, rho: number): Float64Array => {
  const { normal } = random(seed)
  const fresh = Math.sqrt(1 - rho * rho)
  const out = new Float64Array(tokens * tokenDims)
  for (let i = 0; i < out.length; i++) {
    out[i] = i < tokenDims ? normal() : rho * out[i - tokenDims]! + fresh * normal()
  }
  return out
}

/** Latents of a request's tokens before they are turned to a layer: two planes of a fast and a slow process each. */
export interface TokenLatents {
  readonly fast: readonly [Float64Array, Float64Array]
  readonly slow: readonly [Float64Array, Float64Array]
}

export const tokenLatents = (
  parameters: TwinParameters,
  seed: number,
  request: number,
  tokens: number
): TokenLatents => {
  const series = (name: string, rho: number) =>
    autoregressive(substream(seed, "request", request, "token", name), tokens, rho)
  return {
    fast: [series("fast a", parameters.fast), series("fast b", parameters.fast)],
    slow: [series("slow a", parameters.slow), series("slow b", parameters.slow)]
  }
}

/**
 * Token latents as layer `layerIndex` sees them, `[tokens][tokenDims]` of unit variance, into `out`. The latent turns
 * from plane a to plane b over the depth, so near layers see nearly the same and far ones do not; the slow part grows
 * with depth, so that upper layers repeat their experts from token to token.
 */
export const layerLatents = (
  parameters: TwinParameters,
  latents: TokenLatents,
  layerIndex: number,
  layers: number,
  out: Float64Array
): void => {
  const depth = layers === 1 ? 0 : layerIndex / (layers - 1)
  const [low, high] = parameters.persistence
  const slowShare = low + (high - low) * depth
  const angle = depth * parameters.rotation
  const slow = Math.sqrt(slowShare)
  const fast = Math.sqrt(1 - slowShare)
  const [a, b] = [Math.cos(angle), Math.sin(angle)]
  const [fastA, fastB] = latents.fast
  const [slowA, slowB] = latents.slow
  for (let i = 0; i < fastA.length; i++) {
    out[i] = a * (fast * fastA[i]! + slow * slowA[i]!) + b * (fast * fastB[i]! + slow * slowB[i]!)
  }
}
