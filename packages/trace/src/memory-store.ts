/** A store in memory, for tests, notebooks and pipelines that never touch a disk. */
import { Effect, Layer } from "effect"
import { type Manifest, storeSchema, storeVersion } from "./manifest.ts"
import { type Model, moeLayers, sha256OfTexts, version } from "@moira/core"
import { groupRequests, type RequestRow } from "./requests.ts"
import { missingExpert, onlyPhase, requestRow, type TraceRequest } from "./selections.ts"
import { checkQuery, type TraceReader, TraceStore } from "./store.ts"

export type Origin = Manifest["origin"]

/** What a store's digest is made of: its model and, in order, every request's labels and digest. */
function* contentTexts(model: Model, rows: ReadonlyArray<RequestRow>): Generator<string> {
  yield JSON.stringify([model.id, model.experts, model.topK])
  for (const row of rows) yield `${row.benchmark}\t${row.subject}\t${row.language}\t${row.sha256}\n`
}

/** The manifest of a set of requests; pure, so the same requests give the same bytes. */
export const makeManifest = (
  model: Model,
  rows: ReadonlyArray<RequestRow>,
  missingIds: number,
  origin: Origin
): Manifest => {
  const sum = (pick: (row: RequestRow) => number) => rows.reduce((total, row) => total + pick(row), 0)
  return {
    schema: storeSchema,
    version: storeVersion,
    moira: version,
    model,
    layers: moeLayers(model),
    counts: {
      requests: rows.length,
      prefillTokens: sum((row) => row.prefillTokens),
      decodeTokens: sum((row) => row.decodeTokens),
      missingIds
    },
    groups: groupRequests(rows),
    origin,
    contentSha256: sha256OfTexts(contentTexts(model, rows)),
    files: { selections: "selections.parquet", requests: "requests.parquet" }
  }
}

/** How many ids of a request are holes. */
const countMissing = (ids: Uint16Array): number => {
  let n = 0
  for (let i = 0; i < ids.length; i++) if (ids[i] === missingExpert) n++
  return n
}

/** Row offsets and prefill rows of requests `from` to `to`. */
export const rowIndex = (rows: ReadonlyArray<RequestRow>, from: number, to: number) => {
  const offsets = new Uint32Array(to - from + 1)
  const prefillRows = new Uint32Array(to - from)
  for (let r = from; r < to; r++) {
    const { prefillTokens, decodeTokens } = rows[r]!
    prefillRows[r - from] = prefillTokens
    offsets[r - from + 1] = offsets[r - from]! + prefillTokens + decodeTokens
  }
  return { offsets, prefillRows }
}

export const memoryReader = (
  model: Model,
  requests: ReadonlyArray<TraceRequest>,
  origin: Origin = { format: "memory", options: {} }
): TraceReader => {
  const rows = requests.map(requestRow)
  const missing = requests.reduce((total, request) => total + countMissing(request.ids), 0)
  const manifest = makeManifest(model, rows, missing, origin)
  return {
    manifest,
    requests: rows,
    read: Effect.fnUntraced(function* (query) {
      const { layer, from, to, phase } = yield* checkQuery(manifest, query, "trace in memory")
      const index = manifest.layers.indexOf(layer)
      const { offsets, prefillRows } = rowIndex(rows, from, to)
      const ids = new Uint16Array(offsets[to - from]! * model.topK)
      for (let r = from; r < to; r++) {
        const { prefillTokens, decodeTokens, ids: all } = requests[r]!
        const size = (prefillTokens + decodeTokens) * model.topK
        ids.set(all.subarray(index * size, (index + 1) * size), offsets[r - from]! * model.topK)
      }
      const { experts, topK } = model
      return onlyPhase(
        { layer, experts, topK, firstRequest: from, requests: to - from, ids, offsets, prefillRows },
        phase
      )
    })
  }
}

/** Provides requests held in memory as the trace. */
export const memoryStore = (model: Model, requests: ReadonlyArray<TraceRequest>): Layer.Layer<TraceStore> =>
  Layer.sync(TraceStore, () => memoryReader(model, requests))
