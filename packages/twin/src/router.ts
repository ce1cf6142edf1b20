/** The router of a synthetic model: fixed tables that say what each expert of each layer likes. */
import { topIndices } from "@moira/core/statistics"
import { type Model, moeLayers, random, substream } from "@moira/core"
import type { TwinParameters } from "./parameters.ts"

/** Dimensions of the latent of a token: those that drift, and one along which decode leaves the prompt. */
export const driftDims = 7
export const phaseAxis = driftDims
export const tokenDims = driftDims + 1
/** Dimensions of the latent that all tokens of a request share. */
export const requestDims = 8

/** Entries of the noise table: a power of two, so that an index wraps by masking, and small, so that it stays in cache. */
export const noiseSize = 0x4000

/** Seeded tables of a router; `L` MoE layers (all of the model, or some), `E` experts. */
export interface Router {
  /** Of each layer its index among the model's MoE layers and its depth, 0 (first) to 1 (last). */
  readonly layers: ReadonlyArray<{ readonly index: number; readonly depth: number }>
  readonly experts: number
  /** `[L][E]` log-popularity. */
  readonly bias: Float32Array
  /** `[L][E][tokenDims]` loadings on the token latent; a product with a unit drift has the deviation `token`. */
  readonly tokenLoadings: Float32Array
  /** `[L][E][requestDims]` loadings on the request latent; a product with a unit latent has unit variance. */
  readonly requestLoadings: Float32Array
  /** `[L][E]` cluster of each expert. */
  readonly cluster: Uint16Array
  readonly clusters: number
  /** Standard Gumbel draws. */
  readonly noise: Float32Array
}

const gumbels = (seed: number): Float32Array => {
  const { uint32 } = random(seed)
  const out = new Float32Array(noiseSize)
  // Half a step off the grid keeps both logarithms finite.
  for (let i = 0; i < noiseSize; i++) out[i] = -Math.log(-Math.log((uint32() + 0.5) * 2 ** -32))
  return out
}

/** Log-popularity of a layer: normal, and its `hotExperts` greatest raised by `hot`, so that they stay the hottest. */
const drawBias = ({ popularity, hot, hotExperts }: TwinParameters, seed: number, out: Float32Array): void => {
  const { normal } = random(seed)
  for (let e = 0; e < out.length; e++) out[e] = popularity * normal()
  for (const e of topIndices(out, hotExperts)) out[e]! += hot
}

const drawTokenLoadings = ({ token }: TwinParameters, seed: number, out: Float32Array): void => {
  const { normal } = random(seed)
  const drift = token / Math.sqrt(driftDims)
  for (let i = 0; i < out.length; i++) out[i] = (i % tokenDims === phaseAxis ? 1 : drift) * normal()
}

const drawRequestLoadings = (seed: number, out: Float32Array): void => {
  const { normal } = random(seed)
  for (let i = 0; i < out.length; i++) out[i] = normal() / Math.sqrt(requestDims)
}

/** Cuts the experts of each routing group, shuffled, into clusters of `size`. */
const drawClusters = (groups: number, size: number, seed: number, out: Uint16Array): void => {
  const { below } = random(seed)
  const experts = out.length / groups
  const perGroup = Math.ceil(experts / size)
  for (let g = 0; g < groups; g++) {
    const group = out.subarray(g * experts, (g + 1) * experts)
    for (let e = 0; e < experts; e++) {
      const other = below(e + 1)
      group[e] = group[other]!
      group[other] = g * perGroup + Math.floor(e / size)
    }
  }
}

/**
 * Draws the tables of a model's router, at all MoE layers or at those of the given indices. The same seed gives the
 * same router, and a layer has the same tables whether the others are there or not.
 */
export const makeRouter = (
  model: Model,
  parameters: TwinParameters,
  seed: number,
  layerIndices?: ReadonlyArray<number>
): Router => {
  const all = moeLayers(model).length
  const indices = layerIndices ?? Array.from({ length: all }, (_, index) => index)
  const { experts } = model
  const groups = model.routing?.groups ?? 1
  const cells = indices.length * experts
  const router = {
    layers: indices.map((index) => ({ index, depth: all === 1 ? 0 : index / (all - 1) })),
    experts,
    bias: new Float32Array(cells),
    tokenLoadings: new Float32Array(cells * tokenDims),
    requestLoadings: new Float32Array(cells * requestDims),
    cluster: new Uint16Array(cells),
    clusters: groups * Math.ceil(experts / groups / parameters.clusterSize),
    noise: gumbels(substream(seed, "router", "noise"))
  }
  indices.forEach((index, n) => {
    const named = (name: string) => substream(seed, "router", name, index)
    const [from, to] = [n * experts, (n + 1) * experts]
    drawBias(parameters, named("popularity"), router.bias.subarray(from, to))
    drawTokenLoadings(parameters, named("token"), router.tokenLoadings.subarray(from * tokenDims, to * tokenDims))
    drawRequestLoadings(named("request"), router.requestLoadings.subarray(from * requestDims, to * requestDims))
    drawClusters(groups, parameters.clusterSize, named("cluster"), router.cluster.subarray(from, to))
  })
  return router
}
