/** A damaged store is a typed error that says where, or harmless; never a defect and never other selections. */
import { assert, it } from "@effect/vitest"
import { openStore } from "../src/node/parquet-store.ts"
import { random, substream } from "@moira/core"
import { writeStore } from "../src/node/store-writer.ts"
import { Effect, Result, Stream } from "effect"
import { asyncBufferFromFile, parquetMetadata, parquetMetadataAsync } from "hyparquet"
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js"
import { writeMetadata } from "hyparquet-writer/src/metadata.js"
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js"
import * as fs from "node:fs"
import * as path from "node:path"
import { assertEqualOr, damaged, kinds, readAll, reseal, typedOnly } from "./damage.ts"
import { makeModel, temporaryDirectory } from "@moira/core/testing"
import { makeRequests, origin } from "./traces.ts"

const flipByte = (file: string, offset: number, mask: number): void => {
  const fd = fs.openSync(file, "r+")
  const byte = new Uint8Array(1)
  fs.readSync(fd, byte, 0, 1, offset)
  byte[0]! ^= mask
  fs.writeSync(fd, byte, 0, 1, offset)
  fs.closeSync(fd)
}

/** The id pages of a file: where each starts and ends. */
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
        return { start, end: reader.offset + Number(size) }
      })
    })
  })

it.effect.each(kinds)("each byte of each id page: $name", (kind) =>
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
    const { below } = random(substream(2, kind.name))
    for (const { start, end } of pages) {
      for (let offset = start; offset < end; offset++) {
        const mask = offset % 2 === 0 ? 1 << below(8) : 1 + below(255)
        fs.writeSync(fd, Uint8Array.of(original[offset]! ^ mask), 0, 1, offset)
        const outcome = yield* typedOnly(all)
        const found = assertEqualOr(outcome, expected, ["Corrupt"], `${selections}, byte `)
        // A column is under one checksum, headers and all; the error names where the column starts.
        assert.isTrue(found, `byte ${offset}, mask ${mask} went unnoticed`)
        assert.include(Result.isFailure(outcome) ? outcome.failure.what : "", "changed after it was written")
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

it.effect("a footer in which two layers share the ids of one", () =>
  Effect.gen(function* () {
    // One request: every layer's pages have the same shape, so nothing but their place tells them apart.
    const model = makeModel()
    const directory = path.join(yield* temporaryDirectory, "trace.moira")
    const requests = makeRequests(model, { seed: 1, lengths: [[6, 2]] })
    yield* writeStore({ directory, model, origin }, Stream.fromIterable(requests))
    const file = path.join(directory, "selections.parquet")
    const bytes = fs.readFileSync(file)
    const metadata = parquetMetadata(new Uint8Array(bytes))
    const idColumn = (group: number) => metadata.row_groups[group]!.columns[3]!.meta_data!
    const { dictionary_page_offset, data_page_offset, total_compressed_size } = idColumn(0)
    Object.assign(idColumn(1), { dictionary_page_offset, data_page_offset, total_compressed_size })
    const writer = new ByteWriter()
    writer.appendBytes(bytes.subarray(0, bytes.length - 8 - metadata.metadata_length))
    // `writeMetadata` counts a footer's length from where the writer stands.
    writeMetadata(writer, metadata)
    writer.appendBytes(new TextEncoder().encode("PAR1"))
    fs.writeFileSync(file, writer.getBytes())
    reseal(directory)
    const error = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.strictEqual(error.reason, "Corrupt")
    assert.include(error.what, "where none can be")
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

it.effect.each(["selections.parquet", "requests.parquet", "manifest.json"])("%s cut anywhere", (name) =>
  Effect.gen(function* () {
    const { directory, expected, file } = yield* damaged(kinds[1]!)
    const bytes = fs.readFileSync(file(name))
    // From the end, by steps that leave no kind of place out; an empty file last.
    for (let length = bytes.length - 1; length >= 0; length -= length > bytes.length - 20 || length < 20 ? 1 : 3) {
      fs.writeFileSync(file(name), bytes.subarray(0, length))
      assert.isTrue(assertEqualOr(yield* readAll(directory), expected, ["Corrupt"], file(name)))
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
