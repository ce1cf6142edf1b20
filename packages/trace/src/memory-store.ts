/** A store in memory, for tests, notebooks and pipelines that never touch a disk. */
import { Effect, Layer } from "effect"
import { type Manifest, storeSchema, storeVersion } from "./manifest.ts"
import { choosableIds, type Model, moeLayers, sha256, sha256OfTexts, version } from "@moira/core"
import { remarksOf } from "./partial-rows.ts"
import { type CountedRemark, countRemarks } from "./remarks.ts"
import { groupKeys, groupRequests, type RequestRow, runsOf, storedTokens } from "./requests.ts"
import {
  countZeroExperts,
  markZeroExperts,
  missingExpert,
  onlyPhase,
  requestRow,
  type TraceRequest
} from "./selections.ts"
import { missingTokens } from "./token-runs.ts"
import { markedRuns } from "./uncaptured.ts"
import { checkQuery, type TraceReader, TraceStore } from "./store.ts"

export type Origin = Manifest["origin"]

/** What a store's digest is made of: its model's shape and, in order, all of every request but where it came from. */
function* contentTexts(model: Model, rows: ReadonlyArray<RequestRow>): Generator<string> {
  const { id, experts, zeroExperts, topK } = model
  yield JSON.stringify([id, moeLayers(model), experts, topK, ...(zeroExperts === undefined ? [] : [zeroExperts])])
  for (const row of rows) {
    const { benchmark, subject, language, group, runs } = row
    const { repeatedTokens, cachedTokens, prefillTokens, decodeTokens } = row
    const counts = [repeatedTokens, cachedTokens, prefillTokens, decodeTokens]
    yield `${JSON.stringify([benchmark, subject, language, group, runs, ...counts, row.sha256])}\n`
  }
}

/** The manifest of a set of requests; pure, so the same requests give the same bytes. */
export const makeManifest = (
  model: Model,
  rows: ReadonlyArray<RequestRow>,
  missingIds: number,
  origin: Origin,
  remarks: ReadonlyArray<CountedRemark> = [],
  zeroIds = 0
): Manifest => {
  const sum = (pick: (row: RequestRow) => number) => rows.reduce((total, row) => total + pick(row), 0)
  const runs = rows.map((row) => (row.runs === "" ? [] : runsOf(row)))
  const missing = (phase: "prefill" | "decode") => runs.reduce((total, of) => total + missingTokens(of, phase), 0)
  return {
    schema: storeSchema,
    version: storeVersion,
    moira: version,
    model,
    layers: moeLayers(model),
    counts: {
      requests: rows.length,
      independentUnits: new Set(groupKeys(rows)).size,
      prefillTokens: sum((row) => row.prefillTokens),
      decodeTokens: sum((row) => row.decodeTokens),
      repeatedTokens: sum((row) => row.repeatedTokens),
      cachedTokens: sum((row) => row.cachedTokens),
      unrecordedPrefillTokens: missing("prefill"),
      unrecordedDecodeTokens: missing("decode"),
      rejectedTokens: runs.flat().reduce((total, { phase, tokens }) => total + (phase === "rejected" ? tokens : 0), 0),
      missingIds,
      ...((model.zeroExperts ?? 0) === 0 ? {} : { zeroIds })
    },
    groups: groupRequests(rows),
    origin,
    remarks,
    contentSha256: sha256OfTexts(contentTexts(model, rows)),
    files: { selections: "selections.parquet", requests: "requests.parquet", overview: "overview.parquet" }
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
  const layers = moeLayers(model)
  const rows = requests.map((request) =>
    requestRow(request, sha256(request.ids), markedRuns(request, model, layers.length))
  )
  const missing = requests.reduce((total, request) => total + countMissing(request.ids), 0)
  const zero = requests.reduce((total, { ids }) => total + countZeroExperts(ids, model.experts, choosableIds(model)), 0)
  const remarks = countRemarks(requests.flatMap((request) => remarksOf(request, model, layers, missing > 0)))
  const manifest = makeManifest(model, rows, missing, origin, remarks, zero)
  return {
    manifest,
    requests: rows,
    read: Effect.fnUntraced(function* (query) {
      const { layer, from, to, phase } = yield* checkQuery(manifest, query, "trace in memory")
      const index = manifest.layers.indexOf(layer)
      const { offsets, prefillRows } = rowIndex(rows, from, to)
      const ids = new Uint16Array(offsets[to - from]! * model.topK)
      for (let r = from; r < to; r++) {
        const { ids: all } = requests[r]!
        const size = storedTokens(rows[r]!) * model.topK
        const own = rows[r]!.repeatedTokens * model.topK
        ids.set(all.subarray(index * size + own, (index + 1) * size), offsets[r - from]! * model.topK)
      }
      const { experts, topK } = model
      markZeroExperts(ids, experts, choosableIds(model))
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
