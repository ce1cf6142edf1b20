/** Where the rows of each request are, over the chunks of a layer. */
import type { LayerSelections } from "@moira/trace"

/** Entry k of every list belongs to one request; rows count in that entry's own `ids`. */
export interface RequestRows {
  readonly experts: number
  readonly topK: number
  /** Numbers of the requests in the trace, ascending. */
  readonly request: Uint32Array
  readonly ids: ReadonlyArray<Uint16Array>
  readonly prefillAt: Uint32Array
  readonly prefillRows: Uint32Array
  readonly decodeAt: Uint32Array
  readonly decodeRows: Uint32Array
}

/** The requests of some chunks of one layer, which are not empty. */
export const requestRows = (chunks: ReadonlyArray<LayerSelections>): RequestRows => {
  const size = chunks.reduce((sum, { requests }) => sum + requests, 0)
  const list = () => new Uint32Array(size)
  const { experts, topK } = chunks[0]!
  const rows = { request: list(), prefillAt: list(), prefillRows: list(), decodeAt: list(), decodeRows: list() }
  const ids: Array<Uint16Array> = []
  for (const { ids: all, offsets, prefillRows, requests, firstRequest } of chunks) {
    for (let r = 0; r < requests; r++) {
      const at = ids.push(all) - 1
      const prefill = prefillRows[r]!
      rows.request[at] = firstRequest + r
      rows.prefillAt[at] = offsets[r]!
      rows.prefillRows[at] = prefill
      rows.decodeAt[at] = offsets[r]! + prefill
      rows.decodeRows[at] = offsets[r + 1]! - offsets[r]! - prefill
    }
  }
  return { experts, topK, ids, ...rows }
}

/** Counts of a few selections, and which experts they are, so that adding them up costs no look at all the others. */
export interface Tally {
  readonly counts: Uint32Array
  readonly touched: Uint16Array
  size: number
}

export const tally = (experts: number): Tally => ({
  counts: new Uint32Array(experts),
  touched: new Uint16Array(experts),
  size: 0
})

/** Counts the selections at positions `from` to `to` of `ids`, holes left out; a hot loop without allocation. */
export const countInto = (into: Tally, ids: Uint16Array, from: number, to: number): void => {
  const { counts, touched } = into
  const experts = counts.length
  let size = into.size
  for (let i = from; i < to; i++) {
    const id = ids[i]!
    if (id >= experts) continue
    if (counts[id] === 0) touched[size++] = id
    counts[id]!++
  }
  into.size = size
}

/** Adds the counts to `into`, from entry `at` on. */
export const addTally = ({ counts, touched, size }: Tally, into: Uint32Array, at: number): void => {
  for (let k = 0; k < size; k++) into[at + touched[k]!]! += counts[touched[k]!]!
}

export const clearTally = (of: Tally): void => {
  for (let k = 0; k < of.size; k++) of.counts[of.touched[k]!] = 0
  of.size = 0
}
