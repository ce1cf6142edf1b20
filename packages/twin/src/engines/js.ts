/** Routes layers in plain loops: where WebAssembly is not to be had, and what `assembly/route.as` is tested against. */
import { noiseSize, type Router, tokenDims } from "../router.ts"
import { choose, type Chooser } from "../select.ts"
import { drawsPerToken, type LayerInputs, type LayerRoutes, tokensAtOnce } from "./layer-routes.ts"

/** Memory of one layer's scores. */
interface Scratch {
  /** `[tokensAtOnce][clusters]` draws that the experts of a cluster share. */
  readonly clusters: ReadonlyArray<Float64Array>
  /** `[tokensAtOnce]` where in the noise table each token starts, and by how much it steps. */
  readonly starts: Uint32Array
  readonly strides: Uint32Array
  /** `[tokensAtOnce][E]` */
  readonly scores: ReadonlyArray<Float64Array>
}

const rows = (length: number) => Array.from({ length: tokensAtOnce }, () => new Float64Array(length))

const makeScratch = ({ experts, clusters }: Router): Scratch => ({
  clusters: rows(clusters),
  starts: new Uint32Array(tokensAtOnce),
  strides: new Uint32Array(tokensAtOnce),
  scores: rows(experts)
})

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
 * Scores of the four tokens from `token` on at the `layer`th layer; past the last token of a request they mean nothing.
 * Hot loop, written out for four tokens and eight dimensions: reading a loading costs more than multiplying by it.
 * Noise is a walk through the table by an odd stride, so no two experts of a token meet the same entry.
 */
const tokenScores = (
  router: Router,
  layer: number,
  { shared, latents }: LayerInputs,
  token: number,
  scratch: Scratch
): void => {
  const { experts, tokenLoadings: w, noise, cluster } = router
  const { starts, strides } = scratch
  const clusters0 = scratch.clusters[0]!
  const clusters1 = scratch.clusters[1]!
  const clusters2 = scratch.clusters[2]!
  const clusters3 = scratch.clusters[3]!
  const out0 = scratch.scores[0]!
  const out1 = scratch.scores[1]!
  const out2 = scratch.scores[2]!
  const out3 = scratch.scores[3]!
  let n0 = starts[0]! | 0
  let n1 = starts[1]! | 0
  let n2 = starts[2]! | 0
  let n3 = starts[3]! | 0
  const stride0 = strides[0]! | 0
  const stride1 = strides[1]! | 0
  const stride2 = strides[2]! | 0
  const stride3 = strides[3]! | 0
  const at = token * tokenDims
  const a0 = latents[at + 0]!
  const a1 = latents[at + 1]!
  const a2 = latents[at + 2]!
  const a3 = latents[at + 3]!
  const a4 = latents[at + 4]!
  const a5 = latents[at + 5]!
  const a6 = latents[at + 6]!
  const a7 = latents[at + 7]!
  const b0 = latents[at + 8]!
  const b1 = latents[at + 9]!
  const b2 = latents[at + 10]!
  const b3 = latents[at + 11]!
  const b4 = latents[at + 12]!
  const b5 = latents[at + 13]!
  const b6 = latents[at + 14]!
  const b7 = latents[at + 15]!
  const c0 = latents[at + 16]!
  const c1 = latents[at + 17]!
  const c2 = latents[at + 18]!
  const c3 = latents[at + 19]!
  const c4 = latents[at + 20]!
  const c5 = latents[at + 21]!
  const c6 = latents[at + 22]!
  const c7 = latents[at + 23]!
  const d0 = latents[at + 24]!
  const d1 = latents[at + 25]!
  const d2 = latents[at + 26]!
  const d3 = latents[at + 27]!
  const d4 = latents[at + 28]!
  const d5 = latents[at + 29]!
  const d6 = latents[at + 30]!
  const d7 = latents[at + 31]!
  const cell = layer * experts
  const mask = noiseSize - 1
  for (let e = 0, i = cell * tokenDims; e < experts; e++, i += tokenDims) {
    const all = shared[e]!
    const c = cluster[cell + e]!
    const w0 = w[i]!
    const w1 = w[i + 1]!
    const w2 = w[i + 2]!
    const w3 = w[i + 3]!
    const w4 = w[i + 4]!
    const w5 = w[i + 5]!
    const w6 = w[i + 6]!
    const w7 = w[i + 7]!
    out0[e] =
      all +
      clusters0[c]! +
      noise[n0 & mask]! +
      (a0 * w0 + a1 * w1 + (a2 * w2 + a3 * w3)) +
      (a4 * w4 + a5 * w5 + (a6 * w6 + a7 * w7))
    out1[e] =
      all +
      clusters1[c]! +
      noise[n1 & mask]! +
      (b0 * w0 + b1 * w1 + (b2 * w2 + b3 * w3)) +
      (b4 * w4 + b5 * w5 + (b6 * w6 + b7 * w7))
    out2[e] =
      all +
      clusters2[c]! +
      noise[n2 & mask]! +
      (c0 * w0 + c1 * w1 + (c2 * w2 + c3 * w3)) +
      (c4 * w4 + c5 * w5 + (c6 * w6 + c7 * w7))
    out3[e] =
      all +
      clusters3[c]! +
      noise[n3 & mask]! +
      (d0 * w0 + d1 * w1 + (d2 * w2 + d3 * w3)) +
      (d4 * w4 + d5 * w5 + (d6 * w6 + d7 * w7))
    // Only the low bits count, and whole 32-bit numbers are what the machine adds fastest.
    n0 = (n0 + stride0) | 0
    n1 = (n1 + stride1) | 0
    n2 = (n2 + stride2) | 0
    n3 = (n3 + stride3) | 0
  }
}

/** `strength` is that of the clusters' draws. */
export const jsRoutes = (router: Router, chooser: Chooser, strength: number): LayerRoutes => {
  const scratch = makeScratch(router)
  const { noise } = router
  const { topK } = chooser
  return {
    engine: "js",
    route: (layer, inputs, out) => {
      const { tokens, draws } = inputs
      let at = 0
      for (let token = 0; token < tokens; token += tokensAtOnce) {
        const some = Math.min(tokensAtOnce, tokens - token)
        for (let n = 0; n < some; n++) {
          const from = (token + n) * drawsPerToken
          if (strength > 0) clusterScores(noise, draws[from]!, draws[from + 1]!, strength, scratch.clusters[n]!)
          scratch.starts[n] = draws[from + 2]!
          scratch.strides[n] = draws[from + 3]!
        }
        tokenScores(router, layer, inputs, token, scratch)
        for (let n = 0; n < some; n++) {
          choose(chooser, scratch.scores[n]!)
          for (let k = 0; k < topK; k++) out[at++] = chooser.ids[k]!
        }
      }
    }
  }
}
