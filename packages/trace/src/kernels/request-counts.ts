/** What is found out of a chunk once and shared by the analyses of a pass. */
import { countExperts } from "../frequency.ts"
import type { LayerSelections } from "../selections.ts"
import { hasHoles } from "./count-js.ts"

/** Selections by request of chunks, for as long as they are held. */
const known = new WeakMap<LayerSelections, Uint32Array>()

const countsOf = (chunk: LayerSelections): Uint32Array => {
  const found = known.get(chunk)
  if (found !== undefined) return found
  const { ids, offsets, requests, topK, experts } = chunk
  const counts = new Uint32Array(requests * experts)
  for (let r = 0; r < requests; r++)
    countExperts(ids, offsets[r]! * topK, offsets[r + 1]! * topK, experts, counts, r * experts)
  known.set(chunk, counts)
  return counts
}

/** `counts[request * experts + expert]` at one layer, for all requests of the trace; not to be changed. */
export const requestCounts = (chunks: ReadonlyArray<LayerSelections>, requests: number): Uint32Array => {
  const [first] = chunks
  if (chunks.length === 1 && first!.firstRequest === 0 && first!.requests === requests) return countsOf(first!)
  const all = new Uint32Array(requests * first!.experts)
  for (const chunk of chunks) all.set(countsOf(chunk), chunk.firstRequest * chunk.experts)
  return all
}

const lookedAt = new WeakMap<Uint16Array, boolean>()

/** Whether some id of a chunk is no expert; looked for once, and not where its store says that none is. */
export const chunkHasHoles = ({ ids, experts, holes }: Pick<LayerSelections, "ids" | "experts" | "holes">): boolean => {
  if (holes === false) return false
  const earlier = lookedAt.get(ids)
  if (earlier !== undefined) return earlier
  const found = hasHoles(ids, experts)
  lookedAt.set(ids, found)
  return found
}
