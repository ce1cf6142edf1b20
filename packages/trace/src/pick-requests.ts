/** Some requests of a trace as a trace of their own: what was not used to choose something judges it. */
import { Effect } from "effect"
import type { LayerSelections } from "./selections.ts"
import type { TraceReader } from "./store.ts"

/** Rows of the requests `picked`, counted from the first request of `selections`; a copy. */
const pickRows = (
  selections: LayerSelections,
  picked: ReadonlyArray<number>
): Omit<LayerSelections, "firstRequest"> => {
  const { ids, offsets, prefillRows, topK } = selections
  const requests = picked.length
  const kept = new Uint32Array(requests + 1)
  picked.forEach((r, i) => (kept[i + 1] = kept[i]! + offsets[r + 1]! - offsets[r]!))
  const out = new Uint16Array(kept[requests]! * topK)
  picked.forEach((r, i) => out.set(ids.subarray(offsets[r]! * topK, offsets[r + 1]! * topK), kept[i]! * topK))
  return {
    ...selections,
    requests,
    ids: out,
    offsets: kept,
    prefillRows: Uint32Array.from(picked, (r) => prefillRows[r]!)
  }
}

/**
 * Reads only the requests `picked` (ascending numbers of the trace), numbered anew from 0. The manifest stays that of the
 * whole trace, which is where they come from.
 */
export const pickRequests = (reader: TraceReader, picked: ReadonlyArray<number>): TraceReader => ({
  manifest: reader.manifest,
  requests: picked.map((r) => reader.requests[r]!),
  read: ({ from = 0, to = picked.length, ...query }) => {
    const wanted = picked.slice(from, to)
    const first = wanted[0] ?? 0
    const whole = reader.read({ ...query, from: first, to: (wanted.at(-1) ?? first - 1) + 1 })
    const own = (selections: LayerSelections) =>
      pickRows(
        selections,
        wanted.map((r) => r - first)
      )
    return Effect.map(whole, (selections) => ({ ...own(selections), firstRequest: from }))
  }
})
