/** A damaged store is a typed error that says where, or harmless; never a defect and never other selections. */
import { assert, it, vi } from "@effect/vitest"
import {
  type LayerSelections,
  makeManifest,
  memoryReader,
  openStore,
  random,
  type StoreError,
  substream,
  writeStore
} from "@moira/trace"
import { Effect, Exit, Result, Stream } from "effect"
import { asyncBufferFromFile, parquetMetadataAsync } from "hyparquet"
import { parquetWriteBuffer } from "hyparquet-writer"
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js"
import * as fs from "node:fs"
import * as path from "node:path"
import { assertSameSelections, type Lengths, makeModel, makeRequests, origin, temporaryDirectory } from "./traces.ts"

vi.setConfig({ testTimeout: 120_000 })

const lengths: ReadonlyArray<Lengths> = [
  [3, 2],
  [0, 4],
  [5, 0],
  [0, 0],
  [1, 1]
]

const kinds = [
  { name: "bytes", experts: 256, topK: 8, holes: 0 },
  { name: "bytes and holes", experts: 128, topK: 2, holes: 0.2 },
  { name: "9 bits", experts: 300, topK: 3, holes: 0.1 }
]

const damaged = Effect.fnUntraced(function* (kind: (typeof kinds)[number]) {
  const { experts, topK } = kind
  const model = makeModel({ experts, topK, layers: 3, moe: { first: 1, last: 2, every: 1 } })
  const requests = makeRequests(model, { seed: 1, holes: kind.holes, lengths })
  const directory = path.join(yield* temporaryDirectory, "trace.moira")
  yield* writeStore({ directory, model, origin }, Stream.fromIterable(requests))
  const memory = memoryReader(model, requests, origin)
  const expected = yield* Effect.forEach(memory.manifest.layers, (layer) => memory.read({ layer }))
  const file = (name: string) => path.join(directory, name)
  return { model, requests, directory, expected, file, selections: file("selections.parquet") }
})

/** Opens the store and reads all layers. A defect fails the test: the exit may only hold a typed error. */
const readAll = (directory: string) =>
  Effect.gen(function* () {
    const reader = yield* openStore(directory)
    return yield* Effect.forEach(reader.manifest.layers, (layer) => reader.read({ layer }))
  }).pipe(Effect.scoped, typedOnly)

const typedOnly = <A>(self: Effect.Effect<A, StoreError>) =>
  Effect.gen(function* () {
    const exit = yield* Effect.exit(self)
    if (Exit.isFailure(exit))
      assert.deepStrictEqual(
        exit.cause.reasons.map((reason) => reason._tag),
        ["Fail"]
      )
    return yield* Effect.result(exit)
  })

const assertEqualOr = (
  outcome: Result.Result<ReadonlyArray<LayerSelections>, StoreError>,
  expected: ReadonlyArray<LayerSelections>,
  allowed: ReadonlyArray<StoreError["reason"]>,
  inside: string
): boolean => {
  if (Result.isSuccess(outcome)) {
    assert.strictEqual(outcome.success.length, expected.length)
    for (const [i, selections] of outcome.success.entries()) assertSameSelections(selections, expected[i]!)
    return false
  }
  assert.include(allowed, outcome.failure.reason)
  assert.include(outcome.failure.where, inside)
  assert.isAbove(outcome.failure.hint.length, 0)
  return true
}

const flipByte = (file: string, offset: number, mask: number): void => {
  const bytes = fs.readFileSync(file)
  bytes[offset]! ^= mask
  fs.writeFileSync(file, bytes)
}

/** The id pages of a file: where each starts, where its body starts and where it ends. */
const idPages = (file: string) =>
  Effect.promise(async () => {
    const bytes = fs.readFileSync(file)
    const { row_groups } = await parquetMetadataAsync(await asyncBufferFromFile(file))
    return row_groups.flatMap((group) => {
      const column = group.columns.find((c) => c.meta_data?.path_in_schema[0] === "experts")!.meta_data!
      const chunk = Number(column.dictionary_page_offset)
      return [chunk, Number(column.data_page_offset)].map((start) => {
        const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: start }
        const { field_3: size } = deserializeTCompactProtocol(reader)
        return { start, body: reader.offset, end: reader.offset + Number(size) }
      })
    })
  })

it.effect.each(kinds)("each bit of each id page: $name", (kind) =>
  Effect.gen(function* () {
    const { directory, expected, selections } = yield* damaged(kind)
    const pages = yield* idPages(selections)
    assert.strictEqual(pages.length, 2 * expected.length)
    const original = fs.readFileSync(selections)
    const fd = yield* Effect.acquireRelease(
      Effect.sync(() => fs.openSync(selections, "r+")),
      (opened) => Effect.sync(() => fs.closeSync(opened))
    )
    const reader = yield* openStore(directory)
    const all = Effect.forEach(reader.manifest.layers, (layer) => reader.read({ layer }))
    for (const { start, body, end } of pages) {
      for (let offset = start; offset < end; offset++) {
        for (let bit = 0; bit < 8; bit++) {
          fs.writeSync(fd, Uint8Array.of(original[offset]! ^ (1 << bit)), 0, 1, offset)
          const outcome = yield* typedOnly(all)
          const found = assertEqualOr(outcome, expected, ["Corrupt"], `${selections}, byte `)
          // Within a header only the fields that the reader uses matter; a body is under its checksum.
          if (offset >= body && Result.isFailure(outcome)) {
            assert.strictEqual(outcome.failure.where, `${selections}, byte ${start}`)
            assert.include(outcome.failure.what, "checksum")
          }
          assert.isTrue(found || offset < body, `byte ${offset}, bit ${bit} went unnoticed`)
        }
        fs.writeSync(fd, original, offset, 1, offset)
      }
    }
    assertEqualOr(yield* typedOnly(all), expected, [], "")
  })
)

it.effect.each(kinds)("any other byte of selections.parquet, footer included: $name", (kind) =>
  Effect.gen(function* () {
    const { directory, expected, selections } = yield* damaged(kind)
    const { below } = random(substream(3, kind.name))
    const pages = yield* idPages(selections)
    const size = fs.statSync(selections).size
    for (let offset = 0; offset < size; offset++) {
      if (pages.some(({ start, end }) => offset >= start && offset < end)) continue
      const mask = 1 + below(255)
      flipByte(selections, offset, mask)
      assertEqualOr(yield* readAll(directory), expected, ["Corrupt"], selections)
      flipByte(selections, offset, mask)
    }
    assertEqualOr(yield* readAll(directory), expected, [], "")
  })
)

it.effect("any byte of requests.parquet is under the hash in the manifest", () =>
  Effect.gen(function* () {
    const { directory, expected, file } = yield* damaged(kinds[0]!)
    const table = file("requests.parquet")
    const { below } = random(4)
    for (let offset = 0; offset < fs.statSync(table).size; offset++) {
      const mask = 1 + below(255)
      flipByte(table, offset, mask)
      assert.isTrue(assertEqualOr(yield* readAll(directory), expected, ["Corrupt"], table))
      flipByte(table, offset, mask)
    }
  })
)

it.effect("any byte of manifest.json", () =>
  Effect.gen(function* () {
    const { directory, expected, file } = yield* damaged(kinds[0]!)
    const { below } = random(5)
    for (let offset = 0; offset < fs.statSync(file("manifest.json")).size; offset++) {
      const mask = 1 + below(127)
      flipByte(file("manifest.json"), offset, mask)
      assertEqualOr(yield* readAll(directory), expected, ["Corrupt", "WrongVersion", "NotAStore"], directory)
      flipByte(file("manifest.json"), offset, mask)
    }
  })
)

it.effect.each(["selections.parquet", "requests.parquet", "manifest.json"])("%s cut at any length", (name) =>
  Effect.gen(function* () {
    const { directory, expected, file } = yield* damaged(kinds[1]!)
    const bytes = fs.readFileSync(file(name))
    for (let length = 0; length < bytes.length; length++) {
      fs.writeFileSync(file(name), bytes.subarray(0, length))
      // A manifest without its last newline is whole.
      const whole = name === "manifest.json" && length === bytes.length - 1
      assert.strictEqual(assertEqualOr(yield* readAll(directory), expected, ["Corrupt"], file(name)), !whole)
    }
  })
)

it.effect("selections.parquet cut after the store was opened", () =>
  Effect.gen(function* () {
    const { directory, selections, expected } = yield* damaged(kinds[0]!)
    const reader = yield* openStore(directory)
    fs.truncateSync(selections, 40)
    const outcome = yield* typedOnly(Effect.forEach(reader.manifest.layers, (layer) => reader.read({ layer })))
    assert.isTrue(assertEqualOr(outcome, expected, ["Corrupt"], `${selections}, byte `))
    assert.include(Result.isFailure(outcome) ? outcome.failure.what : "", "the file ends before byte")
  })
)

it.effect.each(["selections.parquet", "requests.parquet"])("%s missing, or of another store, or a directory", (name) =>
  Effect.gen(function* () {
    const { directory, file } = yield* damaged(kinds[0]!)
    const other = yield* damaged({ ...kinds[0]!, topK: 7 })
    fs.rmSync(file(name))
    const missing = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.deepStrictEqual([missing.reason, missing.where], ["Corrupt", file(name)])
    assert.include(missing.what, "no such file")
    fs.mkdirSync(file(name))
    assert.strictEqual((yield* Effect.flip(Effect.scoped(openStore(directory)))).reason, "Corrupt")
    fs.rmdirSync(file(name))
    fs.copyFileSync(other.file(name), file(name))
    const foreign = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.strictEqual(foreign.reason, "Corrupt")
    assert.include(foreign.where, file(name))
  })
)

it.effect("Parquet that another program wrote is refused", () =>
  Effect.gen(function* () {
    const { directory, selections } = yield* damaged(kinds[0]!)
    const foreign = parquetWriteBuffer({ columnData: [{ name: "layer", type: "INT32", data: [1, 2] }] })
    fs.writeFileSync(selections, new Uint8Array(foreign))
    const error = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.strictEqual(error.reason, "Corrupt")
    assert.include(error.what, "not written by Moira")
  })
)

it.effect("a manifest that claims other requests than the table has", () =>
  Effect.gen(function* () {
    const { directory, file, model, requests } = yield* damaged(kinds[0]!)
    const { requestsSha256 } = JSON.parse(fs.readFileSync(file("manifest.json"), "utf8"))
    const claim = (rows: typeof requests) => {
      const manifest = { ...makeManifest(model, rows, 0, origin), requestsSha256 }
      fs.writeFileSync(file("manifest.json"), JSON.stringify(manifest))
    }
    claim(requests.slice(1))
    const fewer = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.strictEqual(fewer.reason, "Corrupt")
    assert.include(fewer.what, "5 rows in requests.parquet, the manifest says 4")
    claim(requests.map((request) => ({ ...request, decodeTokens: request.decodeTokens + 1 })))
    const longer = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.strictEqual(longer.reason, "Corrupt")
    assert.include(longer.what, "counts")
  })
)

const manifests: ReadonlyArray<
  readonly [name: string, change: (manifest: any) => unknown, reason: StoreError["reason"], says: string]
> = [
  ["of another version", (m) => ({ ...m, version: 2 }), "WrongVersion", "version 2"],
  ["without a version", ({ version: _, ...m }) => m, "WrongVersion", "undefined"],
  ["of another program", () => ({ name: "web app", icons: [] }), "NotAStore", "missing"],
  ["of another schema", (m) => ({ ...m, schema: "other" }), "NotAStore", '"other"'],
  ["that is null", () => null, "NotAStore", "missing"],
  ["that is a list", () => [1], "NotAStore", "missing"],
  ["with an unknown field", (m) => ({ ...m, colour: "red" }), "Corrupt", "colour"],
  ["with an unknown field inside", (m) => ({ ...m, counts: { ...m.counts, ids: 1 } }), "Corrupt", "ids"],
  ["without counts", ({ counts: _, ...m }) => m, "Corrupt", "counts"],
  ["with a fraction of a request", (m) => ({ ...m, counts: { ...m.counts, requests: 4.5 } }), "Corrupt", "requests"],
  ["with a negative count", (m) => ({ ...m, counts: { ...m.counts, decodeTokens: -1 } }), "Corrupt", "decodeTokens"],
  ["with an impossible model", (m) => ({ ...m, model: { ...m.model, topK: 999 } }), "Corrupt", "topK"],
  ["with layers that its model has not", (m) => ({ ...m, layers: [1, 2, 3] }), "Corrupt", "layers"],
  ["without the table's hash", ({ requestsSha256: _, ...m }) => m, "Corrupt", "checksum"],
  ["with another hash", (m) => ({ ...m, contentSha256: "0".repeat(64) }), "Corrupt", "contentSha256"],
  ["with other groups", (m) => ({ ...m, groups: m.groups.slice(1) }), "Corrupt", "groups"]
]

it.effect.each(manifests)("a manifest %s", ([, change, reason, says]) =>
  Effect.gen(function* () {
    const { directory, file } = yield* damaged(kinds[0]!)
    const manifest = JSON.parse(fs.readFileSync(file("manifest.json"), "utf8"))
    fs.writeFileSync(file("manifest.json"), JSON.stringify(change(manifest)))
    const error = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.strictEqual(error.reason, reason)
    assert.include(error.what, says)
    assert.include(error.where, directory)
  })
)

it.effect("text that is no JSON", () =>
  Effect.gen(function* () {
    const { directory, file } = yield* damaged(kinds[0]!)
    fs.writeFileSync(file("manifest.json"), "{")
    const error = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.deepStrictEqual([error.reason, error.where], ["Corrupt", file("manifest.json")])
  })
)

it.effect("no directory, an empty one, a file", () =>
  Effect.gen(function* () {
    const here = yield* temporaryDirectory
    const reasonOf = (target: string) => Effect.map(Effect.flip(Effect.scoped(openStore(target))), (e) => e.reason)
    assert.strictEqual(yield* reasonOf(path.join(here, "absent")), "NotFound")
    assert.strictEqual(yield* reasonOf(here), "NotAStore")
    fs.writeFileSync(path.join(here, "file"), "x")
    assert.strictEqual(yield* reasonOf(path.join(here, "file")), "NotAStore")
  })
)

it.effect("reading after the scope closed is a typed error", () =>
  Effect.gen(function* () {
    const { directory } = yield* damaged(kinds[0]!)
    const reader = yield* Effect.scoped(openStore(directory))
    const outcome = yield* typedOnly(reader.read({ layer: 1 }))
    assert.isTrue(Result.isFailure(outcome))
  })
)
