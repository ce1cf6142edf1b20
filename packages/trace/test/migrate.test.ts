/** A store of version 1 is rewritten as what it holds, or stays as it was. */
import { assert, it } from "@effect/vitest"
import { type Model, moeLayers } from "@moira/core"
import { checkStore } from "../src/node/check-store.ts"
import { isOldStore, migrateStore } from "../src/node/migrate.ts"
import { openStore } from "../src/node/parquet-store.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { type TraceRequest } from "../src/selections.ts"
import { memoryReader } from "../src/memory-store.ts"
import { Effect, Stream } from "effect"
import { parquetMetadata } from "hyparquet"
import { parquetWriteBuffer } from "hyparquet-writer"
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js"
import { writeMetadata } from "hyparquet-writer/src/metadata.js"
import { hash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { makeModel, snapshot, temporaryDirectory } from "@moira/core/testing"
import { assertSameSelections, drawLengths, makeRequests, origin } from "./traces.ts"

/** Writes what version 1 wrote: no checksums in the footer, no digest of the manifest, fewer columns of requests. */
const writeOld = Effect.fnUntraced(function* (directory: string, model: Model, requests: ReadonlyArray<TraceRequest>) {
  const manifest = yield* writeStore({ directory, model, origin }, Stream.fromIterable(requests))
  const selections = path.join(directory, "selections.parquet")
  const bytes = fs.readFileSync(selections)
  const metadata = parquetMetadata(new Uint8Array(bytes))
  const writer = new ByteWriter()
  writer.appendBytes(bytes.subarray(0, bytes.length - 8 - metadata.metadata_length))
  const { key_value_metadata: _, ...plain } = metadata
  writeMetadata(writer, plain)
  writer.appendBytes(new TextEncoder().encode("PAR1"))
  fs.writeFileSync(selections, writer.getBytes())
  const text = (name: "benchmark" | "subject" | "language" | "source") =>
    ({ name, type: "STRING", data: requests.map((one) => one[name]) }) as const
  const count = (name: "prefillTokens" | "decodeTokens") =>
    ({ name, type: "INT32", data: requests.map((one) => one[name]) }) as const
  const sha256 = { name: "sha256", type: "STRING", data: requests.map((_one, r) => `${r}`.padStart(64, "0")) } as const
  const table = new Uint8Array(
    parquetWriteBuffer({
      codec: "ZSTD",
      compressors: { ZSTD: (input: Uint8Array) => zlib.zstdCompressSync(input) },
      columnData: [
        text("benchmark"),
        text("subject"),
        text("language"),
        count("prefillTokens"),
        count("decodeTokens"),
        text("source"),
        sha256
      ]
    })
  )
  fs.writeFileSync(path.join(directory, "requests.parquet"), table)
  fs.rmSync(path.join(directory, "overview.parquet"))
  const { prefillTokens, decodeTokens, missingIds } = manifest.counts
  const counts = { requests: requests.length, prefillTokens, decodeTokens, missingIds }
  const files = { selections: "selections.parquet", requests: "requests.parquet" }
  const old = {
    schema: "moira-store",
    version: 1,
    moira: "0.0.0",
    model,
    layers: moeLayers(model),
    counts,
    groups: manifest.groups,
    origin,
    contentSha256: "0".repeat(64),
    requestsSha256: hash("sha256", table),
    files
  }
  fs.writeFileSync(path.join(directory, "manifest.json"), JSON.stringify(old, null, 2))
})

const model = makeModel({ experts: 300, topK: 3 })
// Requests without tokens at the start, between chunks and at the end are in no row group.
const lengths = drawLengths(5, 140, 5).map((of, r) => (r < 2 || (r > 60 && r < 70) || r > 136 ? ([0, 0] as const) : of))
const requests = makeRequests(model, { seed: 5, lengths, holes: 0.05 })

it.effect("gives back all that the old store held, and says what is not known", () =>
  Effect.gen(function* () {
    const directory = path.join(yield* temporaryDirectory, "x.moira")
    yield* writeOld(directory, model, requests)
    assert.isTrue(isOldStore(directory))
    const refused = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.strictEqual(refused.reason, "WrongVersion")
    assert.include(refused.hint, `moira check ${directory} --migrate`)
    const manifest = yield* migrateStore(directory)
    assert.isFalse(isOldStore(directory))
    assert.include(manifest.remarks[0]?.what, "version 1")
    const reader = yield* openStore(directory)
    const memory = memoryReader(model, requests, origin)
    const told = ({ benchmark, source, prefillTokens, decodeTokens, sha256 }: (typeof memory.requests)[number]) => ({
      benchmark,
      source,
      prefillTokens,
      decodeTokens,
      sha256
    })
    assert.deepStrictEqual(reader.requests.map(told), memory.requests.map(told))
    assert.strictEqual(reader.requests[7]?.sourceDigest, `sha256:${"7".padStart(64, "0")}`)
    for (const layer of memory.manifest.layers)
      assertSameSelections(yield* reader.read({ layer }), yield* memory.read({ layer }))
    assert.deepStrictEqual((yield* checkStore(directory)).problems, [])
    assert.strictEqual((yield* Effect.flip(migrateStore(directory))).reason, "WrongVersion")
  })
)

it.effect.each(["selections.parquet", "requests.parquet"])("a damaged %s is refused, and the old store stays", (name) =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const directory = path.join(folder, "x.moira")
    yield* writeOld(directory, model, requests)
    const file = path.join(directory, name)
    const bytes = fs.readFileSync(file)
    bytes[Math.floor(bytes.length / 3)]! ^= 16
    fs.writeFileSync(file, bytes)
    const before = snapshot(folder)
    const error = yield* Effect.flip(migrateStore(directory))
    assert.strictEqual(error.reason, "Corrupt")
    assert.include(error.where, file)
    assert.deepStrictEqual(snapshot(folder), before)
    assert.deepStrictEqual(fs.readdirSync(folder), ["x.moira"])
  })
)
