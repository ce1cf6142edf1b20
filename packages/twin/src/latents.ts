/** What the router sees of a request: one latent for the whole request, and one for each token and layer. */
import { random, substream } from "@moira/core"
import type { TwinParameters } from "./parameters.ts"
import { driftDims, phaseAxis, requestDims, tokenDims } from "./router.ts"
import { type Lengths, type TwinLanguage, twinLanguages } from "./workload.ts"

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

/** `[tokens][driftDims]` of unit variance with `E[x(t) x(t+1)] = rho`, first token stationary: an AR(1) process. */
const autoregressive = (seed: number, tokens: number, rho: number): Float64Array => {
  const { normal } = random(seed)
  const fresh = Math.sqrt(1 - rho * rho)
  const out = new Float64Array(tokens * driftDims)
  for (let i = 0; i < out.length; i++) {
    out[i] = i < driftDims ? normal() : rho * out[i - driftDims]! + fresh * normal()
  }
  return out
}

/** Latents of a request's tokens before they are turned to a layer: two planes of a fast and a slow process each. */
export interface TokenLatents {
  readonly fast: readonly [Float64Array, Float64Array]
  readonly slow: readonly [Float64Array, Float64Array]
  /** `[tokens]` how far each token is on the phase axis: 0 in the prompt. */
  readonly phase: Float64Array
}

/** Decode tokens after which 63 % of the growth of the phase shift is done. */
const phaseTokens = 400

/** How far decode has moved from the prompt's preferences, `[tokens]`: at once by `start`, then slowly up to `end`. */
const phaseShift = ([start, end]: TwinParameters["phase"], { prefillTokens, decodeTokens }: Lengths): Float64Array => {
  const out = new Float64Array(prefillTokens + decodeTokens)
  for (let t = 0; t < decodeTokens; t++) {
    out[prefillTokens + t] = end + (start - end) * Math.exp(-t / phaseTokens)
  }
  return out
}

export const tokenLatents = (
  parameters: TwinParameters,
  seed: number,
  request: number,
  lengths: Lengths
): TokenLatents => {
  const tokens = lengths.prefillTokens + lengths.decodeTokens
  const series = (name: string, rho: number) =>
    autoregressive(substream(seed, "request", request, "token", name), tokens, rho)
  return {
    fast: [series("fast a", parameters.fast), series("fast b", parameters.fast)],
    slow: [series("slow a", parameters.slow), series("slow b", parameters.slow)],
    phase: phaseShift(parameters.phase, lengths)
  }
}

/**
 * Token latents as one layer sees them, `[tokens][tokenDims]`, into `out`; `depth` is 0 at the first MoE layer and 1 at
 * the last. The latent turns from plane a to plane b over the depth, so near layers see nearly the same and far ones do
 * not; the slow part grows with the square of the depth, so that only upper layers repeat their experts from token to
 * token. The drifting axes have unit variance, the phase axis is what {@link phaseShift} says.
 */
export const layerLatents = (
  parameters: TwinParameters,
  latents: TokenLatents,
  depth: number,
  out: Float64Array
): void => {
  const [low, high] = parameters.persistence
  const slowShare = low + (high - low) * depth * depth
  const angle = depth * parameters.rotation
  const slow = Math.sqrt(slowShare)
  const fast = Math.sqrt(1 - slowShare)
  const [a, b] = [Math.cos(angle), Math.sin(angle)]
  const [fastA, fastB] = latents.fast
  const [slowA, slowB] = latents.slow
  for (let t = 0, i = 0; t < latents.phase.length; t++) {
    const at = t * tokenDims
    for (let d = 0; d < driftDims; d++, i++) {
      out[at + d] = a * (fast * fastA[i]! + slow * slowA[i]!) + b * (fast * fastB[i]! + slow * slowB[i]!)
    }
    out[at + phaseAxis] = latents.phase[t]!
  }
}
