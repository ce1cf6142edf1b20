/** The router of a synthetic model: fixed tables that say what each expert of each layer likes. */
import { type Model, moeLayers, random, substream } from "@moira/trace"
import type { TwinParameters } from "./parameters.ts"

/** Dimensions of the latent of a token, and of the latent that all tokens of a request share. */
export const tokenDims = 8
export const requestDims = 8

/** Entries of the noise table, a power of two so that an index wraps by masking. */
export const noiseSize = 0x10000

/** Seeded tables of a router; `L` MoE layers, `E` experts. */
export interface Router {
  readonly layers: number
  readonly experts: number
  /** `[L][E]` log-popularity. */
  readonly bias: Float32Array
  /** `[L][E][tokenDims]` loadings on the token latent; a product with a unit latent has the deviation `token`. */
  readonly tokenLoadings: Float32Array
  /** `[L][E][requestDims]` loadings on the request latent; a product with a unit latent has unit variance. */
  readonly requestLoadings: Float32Array
  /** Standard Gumbel draws. */
  readonly noise: Float32Array
}

const normals = (seed: number, size: number, deviation: number): Float32Array => {
  const { normal } = random(seed)
  const out = new Float32Array(size)
  for (let i = 0; i < size; i++) out[i] = deviation * normal()
  return out
}

const gumbels = (seed: number): Float32Array => {
  const { uint32 } = random(seed)
  const out = new Float32Array(noiseSize)
  // Half a step off the grid keeps both logarithms finite.
  for (let i = 0; i < noiseSize; i++) out[i] = -Math.log(-Math.log((uint32() + 0.5) * 2 ** -32))
  return out
}

/** Draws the tables of a model's router; the same seed gives the same router. */
export const makeRouter = (model: Model, parameters: TwinParameters, seed: number): Router => {
  const layers = moeLayers(model).length
  const { experts } = model
  const cells = layers * experts
  const table = (name: string, size: number, deviation: number) =>
    normals(substream(seed, "router", name), size, deviation)
  return {
    layers,
    experts,
    bias: table("popularity", cells, parameters.popularity),
    tokenLoadings: table("token", cells * tokenDims, parameters.token / Math.sqrt(tokenDims)),
    requestLoadings: table("request", cells * requestDims, 1 / Math.sqrt(requestDims)),
    noise: gumbels(substream(seed, "router", "noise"))
  }
}
