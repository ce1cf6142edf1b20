/** How often each expert of a layer is selected, by phase. */
import type { LayerSelections } from "@moira/trace"
import { countExperts } from "./kernels.ts"

export interface Frequencies {
  readonly prefill: Uint32Array
  readonly decode: Uint32Array
}

/** Selections of each expert in prefill and in decode, over all requests of some chunks of one layer. */
export const frequencies = (chunks: ReadonlyArray<LayerSelections>, experts: number): Frequencies => {
  const prefill = new Uint32Array(experts)
  const decode = new Uint32Array(experts)
  for (const { ids, offsets, prefillRows, requests, topK } of chunks) {
    for (let r = 0; r < requests; r++) {
      const [from, to] = [offsets[r]! * topK, offsets[r + 1]! * topK]
      const border = from + prefillRows[r]! * topK
      countExperts(ids, from, border, experts, prefill)
      countExperts(ids, border, to, experts, decode)
    }
  }
  return { prefill, decode }
}

/** A layer at which one expert takes more than this share of the selections is degenerate: it hardly routes. */
export const degenerateShare = 0.95

export const isDegenerate = ({ prefill, decode }: Frequencies): boolean => {
  let [most, total] = [0, 0]
  for (let e = 0; e < prefill.length; e++) {
    const count = prefill[e]! + decode[e]!
    most = Math.max(most, count)
    total += count
  }
  return most > degenerateShare * total
}
