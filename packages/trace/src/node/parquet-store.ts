/** Reads a store directory: `manifest.json`, `requests.parquet`, `selections.parquet`. */
import { choosableIds } from "@moira/core"
import { Effect, Layer, Result } from "effect"
import { hash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { isDeepStrictEqual } from "node:util"
import { Manifest, manifestDigest, storeSchema, storeVersion } from "../manifest.ts"
import { makeManifest, rowIndex } from "../memory-store.ts"
import { BadParquet } from "../parquet/bad-parquet.ts"
import { rawManifest, traceKind } from "./kinds-of-store.ts"
import { placeOf } from "./put-in-place.ts"
import { decodeManifest, readSealed } from "./read-sealed.ts"
import { corrupt } from "./corrupt.ts"
import { readGroups, readIds } from "./parquet/file-reader.ts"
import type { Group } from "./parquet/group.ts"
import { readRequestTable } from "./requests-table.ts"
import { type RequestRow, storedTokens } from "../requests.ts"
import { decodeRuns } from "../token-runs.ts"
import { type LayerSelections, markZeroExperts, onlyPhase } from "../selections.ts"
import { checkQuery, StoreError, type TraceReader, TraceStore } from "../store.ts"

const readManifest = Effect.fnUntraced(function* (directory: string) {
  const file = path.join(directory, "manifest.json")
  if (!fs.existsSync(directory)) {
    return yield* new StoreError({
      reason: "NotFound",
      where: directory,
      what: "no such store",
      hint: "make one with `moira ingest` or `moira synth`"
    })
  }
  if (!fs.existsSync(file)) {
    return yield* new StoreError({
      reason: "NotAStore",
      where: directory,
      what: "not a Moira store: it has no manifest.json",
      hint: "give the directory that `moira ingest` or `moira synth` wrote; raw traces are read by `moira ingest`"
    })
  }
  const json = yield* readSealed(file, corrupt(file), storeSchema, storeVersion)
  if (json.schema !== storeSchema) {
    return yield* new StoreError({
      reason: "NotAStore",
      where: file,
      what: `not the manifest of a Moira store: its schema is ${JSON.stringify(json.schema) ?? "missing"}`,
      hint: "give the directory that `moira ingest` or `moira synth` wrote"
    })
  }
  if (json.version !== storeVersion) {
    const old = json.version === 1
    return yield* new StoreError({
      reason: "WrongVersion",
      where: file,
      what: `store version ${JSON.stringify(json.version)}, this Moira reads version ${storeVersion}${old ? ": nothing of an old store binds selections.parquet to its manifest" : ""}`,
      hint: old
        ? `rewrite it with \`moira check ${directory} --migrate\`, or ingest the trace again`
        : "ingest the trace again with this Moira, or use the Moira that wrote it"
    })
  }
  return yield* decodeManifest(Manifest)(json).pipe(Effect.mapError(corrupt(file)))
})

/** The requests table, after its hash was compared. */
const readRequests = (file: string, { counts, seals }: Manifest) =>
  Effect.try({
    try: () => {
      const bytes = fs.readFileSync(file)
      if (hash("sha256", bytes) !== seals?.requestsSha256)
        throw new Error("it does not belong to this manifest: it was replaced, cut or changed after it was written")
      return readRequestTable(bytes, counts.requests)
    },
    catch: corrupt(file)
  })

/** What the manifest says of the requests must follow from them. */
const disagreement = (manifest: Manifest, requests: ReadonlyArray<RequestRow>): string | undefined => {
  const { model, counts, origin } = manifest
  const expected = makeManifest(model, requests, counts.missingIds, origin, [], counts.zeroIds)
  const odd = requests.findIndex((row) => decodeRuns(row.runs, row.prefillTokens, row.decodeTokens) === undefined)
  if (odd >= 0) return `row ${odd} of ${manifest.files.requests} has runs ${JSON.stringify(requests[odd]!.runs)}`
  if (requests.length !== counts.requests)
    return `${requests.length} rows in ${manifest.files.requests}, the manifest says ${counts.requests}`
  for (const field of ["layers", "counts", "groups", "contentSha256"] as const) {
    if (!isDeepStrictEqual(manifest[field], expected[field]))
      return `\`${field}\` of the manifest does not follow from its model and ${manifest.files.requests}`
  }
  return undefined
}

/** Where the stored rows of requests `from` to `to` begin, repeated ones included, and where the last ends. */
const storedIndex = (requests: ReadonlyArray<RequestRow>, from: number, to: number): Uint32Array => {
  const offsets = new Uint32Array(to - from + 1)
  for (let r = from; r < to; r++) offsets[r - from + 1] = offsets[r - from]! + storedTokens(requests[r]!)
  return offsets
}

/** The groups by layer, after a check that each holds the rows of its requests and that none lacks. */
export const byLayer = (
  manifest: Pick<Manifest, "layers" | "model">,
  requests: ReadonlyArray<RequestRow>,
  groups: ReadonlyArray<Group>
) => {
  const offsets = storedIndex(requests, 0, requests.length)
  const found = Map.groupBy(groups, (group) => group.layer)
  for (const layer of manifest.layers) {
    let rows = 0
    for (const { from, to, values, columns } of found.get(layer) ?? []) {
      if (offsets[from] !== rows || values !== (offsets[to + 1]! - rows) * manifest.model.topK)
        throw new BadParquet(
          `the footer gives layer ${layer} wrong bounds for requests ${from} to ${to}`,
          columns[3].offset
        )
      rows = offsets[to + 1]!
    }
    if (rows !== offsets.at(-1))
      throw new BadParquet(`layer ${layer} has ${rows} rows where the requests have ${offsets.at(-1)}`, 0)
  }
  return found
}

const partsOnce = Effect.fnUntraced(function* (directory: string) {
  const manifest = yield* readManifest(directory)
  const requests = yield* readRequests(placeOf(directory, manifest.files.requests, traceKind), manifest)
  const wrong = disagreement(manifest, requests)
  if (wrong !== undefined) return yield* corrupt(directory)(new Error(wrong))
  const file = placeOf(directory, manifest.files.selections, traceKind)
  const fd = yield* Effect.acquireRelease(
    Effect.try({ try: () => fs.openSync(file, "r"), catch: corrupt(file) }),
    (opened) => Effect.sync(() => fs.closeSync(opened))
  )
  return yield* Effect.try({
    try: () => {
      const groups = readGroups(fd, manifest.seals?.selections)
      return { directory, manifest, requests, file, fd, groups, layers: byLayer(manifest, requests, groups) }
    },
    catch: corrupt(file)
  })
})

/** Times that a store is read again because a writer replaced it in between. */
const moreTries = 3

/** What a store's files hold, its selections still to be read from `fd`, which stays open until the scope closes. */
export const openParts = Effect.fn("trace.openParts")(function* (directory: string) {
  for (let tries = 0; ; tries++) {
    const before = rawManifest(directory)?.[manifestDigest]
    const outcome = yield* Effect.result(partsOnce(directory))
    if (Result.isSuccess(outcome)) return outcome.success
    const replaced = rawManifest(directory)?.[manifestDigest] !== before
    if (outcome.failure.reason !== "Corrupt" || !replaced || tries === moreTries) return yield* outcome.failure
  }
})

/** Opens a store; the file stays open until the scope closes. */
export const openStore = Effect.fn("trace.openStore")(function* (directory: string) {
  const { manifest, requests, file, fd, layers } = yield* openParts(directory)
  const { experts, topK } = manifest.model
  const choosable = choosableIds(manifest.model)
  const readRange = (layer: number, from: number, to: number): LayerSelections => {
    const { offsets, prefillRows } = rowIndex(requests, from, to)
    const ids = new Uint16Array(offsets[to - from]! * topK)
    let most = 0
    for (const group of layers.get(layer) ?? []) {
      if (group.to < from || group.from >= to) continue
      // What is read is checked against the greatest id that the footer tells.
      most = Math.max(most, group.maxId)
      copyGroup(group, from, to, ids, offsets)
    }
    markZeroExperts(ids, experts, choosable)
    const holes = most < experts ? false : undefined
    return { layer, experts, topK, firstRequest: from, requests: to - from, ids, offsets, prefillRows, holes }
  }
  const repeats = (group: Group): boolean => {
    for (let r = group.from; r <= group.to; r++) if (requests[r]!.repeatedTokens > 0) return true
    return false
  }
  /** Rows of the requests of one group, cut to the requests asked for and without those that they repeat. */
  const copyGroup = (group: Group, from: number, to: number, ids: Uint16Array, offsets: Uint32Array): void => {
    if (group.from >= from && group.to < to && !repeats(group)) {
      readIds(fd, group, choosable, ids, offsets[group.from - from]! * topK)
      return
    }
    const whole = new Uint16Array(group.values)
    readIds(fd, group, choosable, whole, 0)
    const inside = storedIndex(requests, group.from, group.to + 1)
    for (let r = Math.max(group.from, from); r < Math.min(group.to + 1, to); r++) {
      const own = inside[r - group.from]! + requests[r]!.repeatedTokens
      ids.set(whole.subarray(own * topK, inside[r - group.from + 1]! * topK), offsets[r - from]! * topK)
    }
  }
  const reader: TraceReader = {
    manifest,
    requests,
    opener: { module: () => import.meta.resolve("@moira/trace/node/opener"), location: directory },
    read: Effect.fnUntraced(function* (query) {
      const { layer, from, to, phase } = yield* checkQuery(manifest, query, directory)
      const selections = yield* Effect.try({ try: () => readRange(layer, from, to), catch: corrupt(file) })
      return onlyPhase(selections, phase)
    })
  }
  return reader
})

/** Provides the store in a directory as the trace. */
export const storeLayer = (directory: string): Layer.Layer<TraceStore, StoreError> =>
  Layer.effect(TraceStore, openStore(directory))
