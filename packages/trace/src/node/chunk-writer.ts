/** Cuts requests into chunks and writes each, layer by layer; plain code, for worker threads and streams alike. */
import { choosableIds, moeLayers } from "@moira/core/thread"
import { hash } from "node:crypto"
import { chunkRows, type SelectionsFile } from "./parquet/file-writer.ts"
import { countHoles, type StoredModel } from "./request-check.ts"
import type { PrefixWriter } from "./repeats/prefix-file.ts"
import { remarksOf } from "../partial-rows.ts"
import { type CountedRemark, countRemarks } from "../remarks.ts"
import { type CountedSpan, OverviewCounts } from "../overview-counts.ts"
import type { RequestRow } from "../requests.ts"
import { countZeroExperts, missingExpert, requestRow, type TraceRequest } from "../selections.ts"
import { markedRuns } from "../uncaptured.ts"

/** Requests of one row group, and the ids after which a chunk is cut earlier: all of them are held, 2 bytes each. */
const chunkRequests = 64
const chunkIds = 8_000_000

/** Frees an array now that nobody uses any more, if the whole of its memory is its own. */
const giveBack = ({ buffer, byteLength }: Uint16Array): void => {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0)
}

/** Where the ids of a layer of these requests are, one request after the other, that are load. */
const countedSpans = (requests: ReadonlyArray<TraceRequest>, topK: number): ReadonlyArray<CountedSpan> => {
  let at = 0
  return requests.map(({ benchmark, prefillTokens, decodeTokens, repeatedTokens = 0 }): CountedSpan => {
    const from = at
    at += (prefillTokens + decodeTokens) * topK
    const [prefill, decode] = [from + repeatedTokens * topK, from + prefillTokens * topK]
    return { task: benchmark.toWellFormed(), prefill, decode, end: at }
  })
}

export class ChunkWriter {
  readonly rows: Array<RequestRow> = []
  /** Holes among all ids so far. */
  missing = 0
  /** Choices of zero experts among all ids so far. */
  zero = 0
  /** What readers told of the requests so far. */
  remarks: ReadonlyArray<CountedRemark> = []
  /** How often experts were chosen so far, without rows that their reader said to be repeated. */
  readonly counts: OverviewCounts
  readonly #model: StoredModel
  readonly #layers: ReadonlyArray<number>
  readonly #file: SelectionsFile
  #pending: Array<TraceRequest> = []
  #pendingIds = 0
  #pendingMissing = 0
  /** Ids of a layer of the chunk under way; used again, since fresh memory costs more than what is done with it. */
  #layerIds = new Uint16Array(0)
  readonly #owned: boolean
  readonly #prefixes: PrefixWriter

  /**
   * Where requests are `owned`, nobody else uses their ids, and the memory of these is given back as soon as they are
   * written: garbage outside the heap is collected late, and then tens of MB of it lie about in every thread. How they
   * begin is written to `prefixes`.
   */
  constructor(model: StoredModel, file: SelectionsFile, prefixes: PrefixWriter, owned = false) {
    this.#owned = owned
    this.#prefixes = prefixes
    this.#model = model
    this.#layers = moeLayers(model)
    this.#file = file
    this.counts = new OverviewCounts(model, this.#layers.length)
  }

  /** Throws `Contradiction`, or the file system's error. */
  append(request: TraceRequest): void {
    const holes = countHoles(request, this.#model, this.#layers)
    this.rows.push(
      requestRow(request, hash("sha256", request.ids), markedRuns(request, this.#model, this.#layers.length, holes > 0))
    )
    const remarks = remarksOf(request, this.#model, this.#layers, holes > 0)
    if (remarks.length > 0) this.remarks = countRemarks([...this.remarks, ...remarks])
    this.#prefixes.append(request)
    this.missing += holes
    this.zero += countZeroExperts(request.ids, this.#model.experts, choosableIds(this.#model))
    this.#pendingMissing += holes
    this.#pending.push(request)
    this.#pendingIds += request.ids.length
    if (this.#pending.length === chunkRequests || this.#pendingIds >= chunkIds) this.flush()
  }

  /** Ends the chunk under way. */
  flush(): void {
    if (this.#pending.length === 0) return
    const { topK } = this.#model
    const lengths = this.#pending.map((request) => request.prefillTokens + request.decodeTokens)
    const shared = chunkRows(this.rows.length - this.#pending.length, lengths, topK)
    const size = shared.rows * topK
    if (this.#layerIds.length < size) this.#layerIds = new Uint16Array(size)
    const ids = this.#layerIds.subarray(0, size)
    const spans = countedSpans(this.#pending, topK)
    this.#layers.forEach((layer, index) => {
      let at = 0
      this.#pending.forEach((request, r) => {
        const own = lengths[r]! * topK
        ids.set(request.ids.subarray(index * own, (index + 1) * own), at)
        at += own
      })
      this.counts.addLayer(index, ids, spans)
      this.#file.append(layer, shared, ids, this.#pendingMissing > 0 && ids.includes(missingExpert))
    })
    if (this.#owned) for (const { ids: written } of this.#pending) giveBack(written)
    this.#pending = []
    this.#pendingIds = 0
    this.#pendingMissing = 0
  }
}
