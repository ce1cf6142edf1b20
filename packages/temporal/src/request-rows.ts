/** Where the rows of each request are, over the chunks of a layer. */
import type { LayerSelections } from "@moira/trace"
import { chunkHasHoles } from "@moira/trace/kernels"

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
  /** Whether some id is no expert. */
  readonly holes: boolean
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
  return { experts, topK, ids, holes: chunks.some(chunkHasHoles), ...rows }
}
