/** Cuts requests into chunks and writes each, layer by layer; plain code, for worker threads and streams alike. */
import { moeLayers } from "./moe-layers.ts"
import { chunkRows, type SelectionsFile } from "./parquet/file-writer.ts"
import { countHoles, type StoredModel } from "./request-check.ts"
import type { RequestRow } from "./requests.ts"
import { missingExpert, requestRow, type TraceRequest } from "./selections.ts"

/** Requests of one row group, and the ids after which a chunk is cut earlier. */
const chunkRequests = 64
const chunkIds = 32_000_000

export class ChunkWriter {
  readonly rows: Array<RequestRow> = []
  /** Holes among all ids so far. */
  missing = 0
  readonly #model: StoredModel
  readonly #layers: ReadonlyArray<number>
  readonly #file: SelectionsFile
  #pending: Array<TraceRequest> = []
  #pendingIds = 0
  #pendingMissing = 0

  constructor(model: StoredModel, file: SelectionsFile) {
    this.#model = model
    this.#layers = moeLayers(model)
    this.#file = file
  }

  /** Throws `Contradiction`, or the file system's error. */
  append(request: TraceRequest): void {
    const holes = countHoles(request, this.#model, this.#layers)
    this.rows.push(requestRow(request))
    this.missing += holes
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
    const ids = new Uint16Array(shared.rows * topK)
    this.#layers.forEach((layer, index) => {
      let at = 0
      this.#pending.forEach((request, r) => {
        const size = lengths[r]! * topK
        ids.set(request.ids.subarray(index * size, (index + 1) * size), at)
        at += size
      })
      this.#file.append(layer, shared, ids, this.#pendingMissing > 0 && ids.includes(missingExpert))
    })
    this.#pending = []
    this.#pendingIds = 0
    this.#pendingMissing = 0
  }
}
