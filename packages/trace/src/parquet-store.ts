/** Reads a store directory: `manifest.json`, `requests.parquet`, `selections.parquet`. */
import { Effect, Layer, Schema } from "effect"
import { parquetReadObjects } from "hyparquet"
import { compressors } from "./parquet/zstd.ts"
import * as fs from "node:fs"
import * as path from "node:path"
import { Manifest, storeSchema, storeVersion } from "./manifest.ts"
import { rowIndex } from "./memory-store.ts"
import { BadParquet, type Block, readBlock, readBlocks } from "./parquet/file-reader.ts"
import { RequestRow } from "./requests.ts"
import { type LayerSelections, onlyPhase } from "./selections.ts"
import { checkQuery, StoreError, type TraceReader, TraceStore } from "./store.ts"

const again = "ingest the trace again, or restore the store from a copy"

const corrupt = (where: string) => (cause: unknown) =>
  new StoreError({
    reason: "Corrupt",
    where: cause instanceof BadParquet ? `${where}, byte ${cause.offset}` : where,
    what: cause instanceof Error ? cause.message.split("\n")[0]! : String(cause),
    hint: again,
    cause
  })

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
  const json = yield* Effect.try({ try: () => JSON.parse(fs.readFileSync(file, "utf8")), catch: corrupt(file) })
  if (json?.schema === storeSchema && json.version !== storeVersion) {
    return yield* new StoreError({
      reason: "WrongVersion",
      where: file,
      what: `store version ${JSON.stringify(json.version)}, this Moira reads version ${storeVersion}`,
      hint: "ingest the trace again with this Moira, or use the Moira that wrote it"
    })
  }
  return yield* Schema.decodeUnknownEffect(Manifest)(json, { errors: "first", onExcessProperty: "error" }).pipe(
    Effect.mapError(corrupt(file))
  )
})

const readRequests = Effect.fnUntraced(function* (file: string) {
  const rows = yield* Effect.tryPromise({
    try: async () => {
      const bytes = fs.readFileSync(file)
      const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
      return await parquetReadObjects({ file: buffer, compressors })
    },
    catch: corrupt(file)
  })
  return yield* Schema.decodeUnknownEffect(Schema.Array(RequestRow))(rows).pipe(Effect.mapError(corrupt(file)))
})

/** Opens a store; the file stays open until the scope closes. */
export const openStore = Effect.fn("trace.openStore")(function* (directory: string) {
  const manifest = yield* readManifest(directory)
  const requests = yield* readRequests(path.join(directory, manifest.files.requests))
  if (requests.length !== manifest.counts.requests) {
    return yield* corrupt(directory)(
      new Error(`${requests.length} rows in ${manifest.files.requests}, the manifest says ${manifest.counts.requests}`)
    )
  }
  const file = path.join(directory, manifest.files.selections)
  const fd = yield* Effect.acquireRelease(
    Effect.try({ try: () => fs.openSync(file, "r"), catch: corrupt(file) }),
    (opened) => Effect.sync(() => fs.closeSync(opened))
  )
  const blocks = yield* Effect.try({ try: () => readBlocks(fd), catch: corrupt(file) })
  const byLayer = Map.groupBy(blocks, (block) => block.layer)

  const { experts, topK } = manifest.model
  const readRange = (layer: number, from: number, to: number): LayerSelections => {
    const { offsets, prefillRows } = rowIndex(requests, from, to)
    const ids = new Uint16Array(offsets[to - from]! * topK)
    let filled = 0
    for (const block of byLayer.get(layer) ?? []) {
      if (block.to < from || block.from >= to) continue
      filled += copyBlock(fd, block, from, to, ids, offsets)
    }
    if (filled !== ids.length) throw new BadParquet(`layer ${layer} lacks ${ids.length - filled} ids`, 0)
    return { layer, experts, topK, firstRequest: from, requests: to - from, ids, offsets, prefillRows }
  }
  /** Rows of the requests of one block, cut to the requests asked for. */
  const copyBlock = (
    source: number,
    block: Block,
    from: number,
    to: number,
    ids: Uint16Array,
    offsets: Uint32Array
  ): number => {
    if (block.from >= from && block.to < to) {
      readBlock(source, block, ids, offsets[block.from - from]! * topK)
      return block.values
    }
    const whole = new Uint16Array(block.values)
    readBlock(source, block, whole, 0)
    const inside = rowIndex(requests, block.from, block.to + 1).offsets
    const [first, end] = [Math.max(block.from, from), Math.min(block.to + 1, to)]
    const cut = whole.subarray(inside[first - block.from]! * topK, inside[end - block.from]! * topK)
    ids.set(cut, offsets[first - from]! * topK)
    return cut.length
  }
  const reader: TraceReader = {
    manifest,
    requests,
    read: Effect.fnUntraced(function* (query) {
      const { layer, from, to, phase } = yield* checkQuery(manifest, query, directory)
      const selections = yield* Effect.try({ try: () => readRange(layer, from, to), catch: corrupt(file) })
      return onlyPhase(selections, phase)
    })
  }
  return reader
})

/** Provides the store in a directory as the trace. */
export const parquetStore = (directory: string): Layer.Layer<TraceStore, StoreError> =>
  Layer.effect(TraceStore, openStore(directory))
