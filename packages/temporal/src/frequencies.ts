/** How often each expert of a layer is selected, by phase. */
import { countExperts, type LayerSelections } from "@moira/trace"

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

/** Selections over both phases. */
export const overBothPhases = ({ prefill, decode }: Frequencies): Uint32Array =>
  prefill.map((count, expert) => count + decode[expert]!)
