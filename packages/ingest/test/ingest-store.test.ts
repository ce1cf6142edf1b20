/** Ingestion by segments: the same store however it is made, and clear words where it cannot be. */
import { assert, it } from "@effect/vitest"
import { inlineRunner, moeLayers } from "@moira/core"
import { importedFrom } from "@moira/core/testing"
import { threadRunner } from "@moira/core/node"
import { openStore, workPath, writeStore } from "@moira/trace/node"
import { Effect, Fiber, Layer, Stream } from "effect"
import { hash } from "node:crypto"
import { crc32 } from "node:zlib"
import * as fs from "node:fs"
import * as path from "node:path"
import { IngestError } from "../src/fault/error.ts"
import patternsJson from "../src/formats/patterns-json/index.ts"
import { type IngestOptions, ingestStore, TraceFormat } from "../src/index.ts"
import ownFormat from "./own-format.ts"
import { storeBytes, temporaryDirectory, writeCorpus } from "./corpus.ts"
import { tiny } from "./tiny.ts"

const patterns = TraceFormat.layer(patternsJson)

const corpus = Effect.fnUntraced(function* (requests: number) {
  const folder = yield* temporaryDirectory
  const traces = path.join(folder, "traces")
  const files = writeCorpus(traces, tiny, requests)
  const out = path.join(folder, "trace.moira")
  const ingest = ({ workers = 2, ...options }: Partial<IngestOptions> & { readonly workers?: number } = {}) =>
    ingestStore([traces], { out, model: tiny, ...options }).pipe(Effect.provide([patterns, threadRunner(workers)]))
  const segments = () => {
    const place = path.join(workPath(out), "segments")
    return fs.existsSync(place) ? fs.readdirSync(place).filter((name) => name.endsWith(".json")) : []
  }
  return { folder, traces, files, out, ingest, segments }
})

it.live("the store has the bytes of the one written from the format's stream, whatever the number of workers", () =>
  Effect.gen(function* () {
    const { folder, traces, out, ingest } = yield* corpus(300)
    const { model, requests } = yield* patternsJson.read([traces], { model: tiny })
    const streamed = path.join(folder, "streamed.moira")
    yield* writeStore({ directory: streamed, model, origin: { format: "patterns-json", options: {} } }, requests)
    for (const workers of [1, 2, 5]) {
      const { segments, reused, skipped } = yield* ingest({ workers })
      assert.deepStrictEqual([segments, reused, skipped], [5, 0, []])
      assert.deepStrictEqual(storeBytes(out), storeBytes(streamed))
    }
    yield* ingestStore([traces], { out, model: tiny, resume: false }).pipe(Effect.provide([patterns, inlineRunner]))
    assert.deepStrictEqual(storeBytes(out), storeBytes(streamed))
    assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["streamed.moira", "trace.moira", "traces"])
  })
)

it.live("after a failure finished segments are used again, but not those whose files changed", () =>
  Effect.gen(function* () {
    const { files, out, ingest, segments, folder } = yield* corpus(300)
    const text = fs.readFileSync(files[299]!, "utf8")
    fs.writeFileSync(files[299]!, `${text} x`)
    const error = yield* Effect.flip(ingest({ workers: 1 }))
    assert.deepStrictEqual([error._tag, (error as IngestError).reason], ["IngestError", "Malformed"])
    assert.isFalse(fs.existsSync(out))
    assert.strictEqual(segments().length, 4)
    // The same length, another content.
    fs.writeFileSync(files[70]!, fs.readFileSync(files[71]!))
    fs.writeFileSync(files[299]!, text)
    const { segments: all, reused } = yield* ingest()
    assert.deepStrictEqual([all, reused], [5, 3])
    const resumed = storeBytes(out)
    yield* ingest({ resume: false })
    assert.deepStrictEqual(storeBytes(out), resumed)
    assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["trace.moira", "traces"])
  })
)

it.live("--no-resume makes finished segments anew", () =>
  Effect.gen(function* () {
    const { files, ingest, segments } = yield* corpus(130)
    const text = fs.readFileSync(files[129]!, "utf8")
    fs.writeFileSync(files[129]!, "[")
    yield* Effect.flip(ingest({ workers: 1 }))
    assert.strictEqual(segments().length, 2)
    fs.writeFileSync(files[129]!, text)
    assert.strictEqual((yield* ingest({ resume: false })).reused, 0)
  })
)

it.live("a segment that was damaged is noticed and made anew by the next run", () =>
  Effect.gen(function* () {
    const { files, out, ingest, segments } = yield* corpus(130)
    yield* ingest()
    const expected = storeBytes(out)
    const text = fs.readFileSync(files[129]!, "utf8")
    fs.writeFileSync(files[129]!, "[")
    yield* Effect.flip(ingest({ workers: 1 }))
    fs.writeFileSync(files[129]!, text)
    const data = path.join(workPath(out), "segments", segments()[0]!.replace(".json", ".parquet"))
    const bytes = fs.readFileSync(data)
    // The body of the first page, after the magic bytes and a header.
    bytes[40]! ^= 4
    fs.writeFileSync(data, bytes)
    const error = yield* Effect.flip(ingest())
    assert.strictEqual("reason" in error && error.reason, "Corrupt")
    assert.include(error.message, "run the same command again")
    assert.deepStrictEqual(storeBytes(out), expected)
    yield* ingest()
    assert.deepStrictEqual(storeBytes(out), expected)
  })
)

it.live("--skip-bad leaves bad files out, names them, and keeps the rest", () =>
  Effect.gen(function* () {
    const { files, out, ingest } = yield* corpus(130)
    const bad = [files[3]!, files[64]!, files[129]!]
    fs.writeFileSync(bad[0]!, "")
    fs.writeFileSync(bad[1]!, fs.readFileSync(bad[1]!, "utf8").slice(0, -20))
    fs.writeFileSync(bad[2]!, fs.readFileSync(bad[2]!, "utf8").replace(/\d+\n/, "99\n"))
    const { manifest, skipped } = yield* ingest({ skipBad: true })
    assert.deepStrictEqual(
      skipped.map(({ source: file }) => file),
      bad
    )
    for (const [i, reason] of ["Truncated", "Truncated", "OutOfRange"].entries())
      assert.include(skipped[i]!.reason, `${reason}: ${bad[i]}, byte `)
    assert.deepStrictEqual(manifest.origin, {
      format: "patterns-json",
      options: { skipped: { count: 3, files: bad } }
    })
    const store = yield* openStore(out)
    assert.deepStrictEqual(
      store.requests.map((row) => row.source),
      files.filter((file) => !bad.includes(file))
    )
    // The same bytes from any number of workers, and segments with gaps are no good for a strict run.
    const bytes = storeBytes(out)
    yield* ingest({ skipBad: true, workers: 1 })
    assert.deepStrictEqual(storeBytes(out), bytes)
    const error = yield* Effect.flip(ingest({ workers: 1 }))
    assert.include(error.message, bad[0]!)
    assert.deepStrictEqual(storeBytes(out), bytes)
  })
)

it.live("of several bad files the first in the order of requests is named, whatever the number of workers", () =>
  Effect.gen(function* () {
    const { files, out, ingest, segments } = yield* corpus(320)
    // The last file of the first segment, and the first of every other, which their threads meet much sooner.
    for (const i of [63, 64, 128, 192, 256]) fs.writeFileSync(files[i]!, "{}")
    for (const workers of [1, 2, 3, 5]) {
      const error = yield* Effect.flip(ingest({ workers }))
      assert.include(error.message, `${files[63]}, byte 0`)
      assert.deepStrictEqual([segments().length, fs.existsSync(out)], [0, false])
    }
    // The one before is sound now: its segment is made although one after it fails first.
    fs.copyFileSync(files[62]!, files[63]!)
    for (const workers of [5, 2]) assert.include((yield* Effect.flip(ingest({ workers }))).message, files[64]!)
    assert.strictEqual(segments().length, 1)
  })
)

it.live("a request has the SHA-256 of its ids and a digest of its file, of the kind that was asked for", () =>
  Effect.gen(function* () {
    const { folder, out, ingest } = yield* corpus(70)
    const of = (name: string) => fs.readFileSync(path.join(out, name)).toString("base64")
    const first = yield* ingest()
    const selections = of("selections.parquet")
    const rows = (yield* openStore(out)).requests
    const crc = (file: string) => `crc32:${crc32(fs.readFileSync(file)).toString(16).padStart(8, "0")}`
    for (const { source: file, sourceDigest } of rows) assert.strictEqual(sourceDigest, crc(file))
    const other = yield* ingest({ sourceHash: "sha256" })
    assert.strictEqual(of("selections.parquet"), selections)
    assert.strictEqual(other.manifest.contentSha256, first.manifest.contentSha256)
    const store = yield* openStore(out)
    for (const { source: file, sourceDigest } of store.requests)
      assert.strictEqual(sourceDigest, `sha256:${hash("sha256", fs.readFileSync(file))}`)
    const layers = yield* Effect.forEach(moeLayers(tiny), (layer) => store.read({ layer, from: 3, to: 4 }))
    const ids = Uint16Array.from(layers.flatMap((layer) => [...layer.ids]))
    assert.strictEqual(store.requests[3]!.sha256, hash("sha256", ids))
    // Segments with the one kind of hash are none for a run with the other.
    const { reused } = yield* ingest()
    assert.deepStrictEqual([reused, fs.readdirSync(folder).length], [0, 2])
  })
)

it.live("nothing but bad files is Empty; a file that cannot be read is not skipped", () =>
  Effect.gen(function* () {
    const { files, folder, ingest } = yield* corpus(3)
    fs.rmSync(files[1]!)
    fs.symlinkSync(path.join(folder, "nowhere"), files[1]!)
    const missing = yield* Effect.flip(ingest({ skipBad: true }))
    assert.strictEqual("reason" in missing && missing.reason, "NotFound")
    fs.rmSync(files[1]!)
    for (const file of [files[0]!, files[2]!]) fs.writeFileSync(file, "{}")
    const empty = yield* Effect.flip(ingest({ skipBad: true }))
    assert.strictEqual("reason" in empty && empty.reason, "Empty")
  })
)

it.live("a file that changes while it is read is told, and the old store stays", () =>
  Effect.gen(function* () {
    const { files, out, folder, ingest } = yield* corpus(130)
    yield* ingest()
    const before = storeBytes(out)
    const writer = setInterval(() => fs.appendFileSync(files[100]!, " "), 1)
    const error = yield* Effect.flip(ingest()).pipe(Effect.ensuring(Effect.sync(() => clearInterval(writer))))
    assert.strictEqual("reason" in error && error.reason, "Changed")
    assert.include(error.message, `${files[100]}: it changed while it was read`)
    assert.deepStrictEqual(storeBytes(out), before)
    yield* ingest()
    assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["trace.moira", "traces"])
  })
)

it.live("two ingests of one store: the second is refused, the first goes on", () =>
  Effect.gen(function* () {
    const { ingest, out } = yield* corpus(200)
    const first = yield* Effect.forkChild(ingest())
    while (!fs.existsSync(path.join(workPath(out), "lock"))) yield* Effect.sleep("1 millis")
    const error = yield* Effect.flip(ingest())
    assert.strictEqual("reason" in error && error.reason, "Busy")
    assert.strictEqual((yield* Fiber.join(first)).manifest.counts.requests, 200)
  })
)

it.live("a place that cannot be written, and a folder that is no store", () =>
  Effect.gen(function* () {
    const { folder, traces, ingest } = yield* corpus(3)
    fs.writeFileSync(path.join(folder, "file"), "")
    const blocked = yield* Effect.flip(ingest({ out: path.join(folder, "file", "trace.moira") }))
    assert.strictEqual("reason" in blocked && blocked.reason, "NotWritable")
    const refused = yield* Effect.flip(ingest({ out: traces }))
    assert.include(refused.message, "not a Moira store")
    assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["file", "traces"])
  })
)

it.live("a format without a decoder of its own is loaded by the threads as it is", () =>
  Effect.gen(function* () {
    const { traces, out, ingest } = yield* corpus(70)
    yield* ingest()
    const { "manifest.json": _, ...expected } = storeBytes(out)!
    const own = TraceFormat.layer(importedFrom(ownFormat, new URL("own-format.ts", import.meta.url).href))
    const { segments, reused } = yield* ingestStore([traces], { out, model: tiny }).pipe(
      Effect.provide([own, threadRunner(2)])
    )
    assert.deepStrictEqual([segments, reused], [2, 0])
    const { "manifest.json": manifest, ...parts } = storeBytes(out)!
    assert.deepStrictEqual(parts, expected)
    assert.include(Buffer.from(manifest!, "base64").toString(), "own-format")
  })
)

it.live("a format that is read as one stream is stored all the same, but skips nothing", () =>
  Effect.gen(function* () {
    const { traces, out, ingest } = yield* corpus(70)
    yield* ingest()
    const expected = storeBytes(out)
    const { perFile: _, ...plugin } = patternsJson
    const options = { out, model: tiny }
    const stream = Layer.merge(TraceFormat.layer(plugin), inlineRunner)
    yield* ingestStore([traces], options).pipe(Effect.provide(stream))
    assert.deepStrictEqual(storeBytes(out), expected)
    const refused = ingestStore([traces], { ...options, skipBad: true })
    const error = yield* Effect.flip(Effect.provide(refused, stream))
    assert.strictEqual("reason" in error && error.reason, "BadOption")
    const failing = { ...plugin, read: () => Effect.succeed({ model: tiny, files: 1, requests: Stream.empty }) }
    const empty = ingestStore([traces], options).pipe(Effect.provide([TraceFormat.layer(failing), inlineRunner]))
    assert.include((yield* Effect.flip(empty)).message, "no requests")
  })
)
