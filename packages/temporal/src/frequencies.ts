/** How often each expert of a layer is selected, by phase. */
import { countExperts, type LayerSelections } from "@moira/trace"

export interface Frequencies {
  readonly prefill: Uint32Array
  readonly decode: Uint32Array
}

/** Frequencies of a chunk, for as long as it is held: a layer is looked at as the next one and then as the current one. */
const known = new WeakMap<LayerSelections, Frequencies>()

const ofChunk = (chunk: LayerSelections): Frequencies => {
  const found = known.get(chunk)
  if (found !== undefined) return found
  const { ids, offsets, prefillRows, requests, topK, experts } = chunk
  const counts = { prefill: new Uint32Array(experts), decode: new Uint32Array(experts) }
  for (let r = 0; r < requests; r++) {
    const [from, to] = [offsets[r]! * topK, offsets[r + 1]! * topK]
    const border = from + prefillRows[r]! * topK
    countExperts(ids, from, border, experts, counts.prefill)
    countExperts(ids, border, to, experts, counts.decode)
  }
  known.set(chunk, counts)
  return counts
}

/** Selections of each expert in prefill and in decode, over all requests of some chunks of one layer. */
export const frequencies = (chunks: ReadonlyArray<LayerSelections>, experts: number): Frequencies => {
  const prefill = new Uint32Array(experts)
  const decode = new Uint32Array(experts)
  for (const counts of chunks.map(ofChunk)) {
    for (let e = 0; e < experts; e++) {
      prefill[e]! += counts.prefill[e]!
      decode[e]! += counts.decode[e]!
    }
  }
  return { prefill, decode }
}

/** Selections over both phases. */
export const overBothPhases = ({ prefill, decode }: Frequencies): Uint32Array =>
  prefill.map((count, expert) => count + decode[expert]!)
