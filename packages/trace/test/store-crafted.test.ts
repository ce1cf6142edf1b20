/** Stores that somebody crafted, seals and checksums and all: refused in bounded memory, never read as something else. */
import { assert, it } from "@effect/vitest"
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js"
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js"
import { readColumns, readGroups } from "../src/node/parquet/file-reader.ts"
import { requestPage, SelectionsFile } from "../src/node/parquet/file-writer.ts"
import { TableWriter } from "../src/node/parquet/table-writer.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { Effect, Result, Stream } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { makeModel, temporaryDirectory } from "@moira/core/testing"
import { readAll, reseal } from "./damage.ts"
import { makeRequests, origin } from "./traces.ts"

// One layer, one request: 8 tokens of top-2 of 5 experts, an id a byte.
const model = makeModel({ experts: 5, topK: 2, layers: 1, moe: { first: 0, last: 0, every: 1 } })
const tokens = 8
const values = 2 * tokens

interface PageFields {
  readonly type?: number
  readonly plainBytes?: number
  readonly values?: number
  readonly encoding?: number
}

/** A page whose header says what it likes, its checksum right. */
const page = (body: Uint8Array, fields: PageFields, dictionary = false): Uint8Array => {
  const packed = zlib.zstdCompressSync(body)
  const writer = new ByteWriter()
  const {
    type = dictionary ? 2 : 0,
    plainBytes = body.length,
    values: n = values,
    encoding = dictionary ? 0 : 8
  } = fields
  serializeTCompactProtocol(writer, {
    field_1: type,
    field_2: plainBytes,
    field_3: packed.length,
    field_4: zlib.crc32(packed) | 0,
    ...(dictionary
      ? { field_7: { field_1: n, field_2: encoding } }
      : { field_5: { field_1: n, field_2: encoding, field_3: 3, field_4: 3 } })
  })
  return Buffer.concat([writer.getBytes(), packed])
}

const names = (...ids: ReadonlyArray<number>) => new Uint8Array(Int32Array.from(ids).buffer)
const dictionary = page(names(0, 1, 2, 3, 4), { values: 5 }, true)

/** Levels of 8 rows of 2, the bits of an index and how many follow; the ids after them. */
const plain = (ids: ReadonlyArray<number>, levels: ReadonlyArray<number> = [0xaa, 0xaa], bits = 8) =>
  Uint8Array.from([3, 0, 0, 0, 5, ...levels, 2, 0, 0, 0, 32, 1, bits, 5, ...ids])
const ids = Array.from({ length: values }, (_, i) => i % 5)

/** Puts other pages of ids into the file of a store, with a footer and a manifest that agree with them. */
const forge = (directory: string, opening: Uint8Array, experts: Uint8Array): void => {
  const file = path.join(directory, "selections.parquet")
  const fd = fs.openSync(file, "r")
  const [group] = readGroups(fd) as readonly [ReturnType<typeof readGroups>[number]]
  const stored = { ...readColumns(fd, group), experts: Buffer.concat([opening, experts]) }
  const copied = { layer: stored.layer.slice(), pos: stored.pos.slice(), experts: stored.experts }
  fs.closeSync(fd)
  const [layer, request, pos, column] = group.columns
  const bytes = copied.experts.length
  const other = new SelectionsFile(`${file}.forged`, model)
  const columns = [layer, request, pos, { ...column, bytes, dictionaryBytes: opening.length }] as const
  const [crc0, crc1, crc2] = group.crc32
  const crc32 = [crc0, crc1, crc2, zlib.crc32(copied.experts)] as const
  other.copy({ ...group, columns, crc32 }, copied, requestPage(0, [tokens]), 0)
  other.finish()
  fs.renameSync(`${file}.forged`, file)
  reseal(directory)
}

const made = Effect.gen(function* () {
  const directory = path.join(yield* temporaryDirectory, "x.moira")
  const requests = makeRequests(model, { seed: 1, lengths: [[5, 3]] })
  yield* writeStore({ directory, model, origin }, Stream.fromIterable(requests))
  return directory
})

it.effect("what the forger writes is read where it is right", () =>
  Effect.gen(function* () {
    const directory = yield* made
    forge(directory, dictionary, page(plain(ids), {}))
    const outcome = yield* readAll(directory)
    assert.isTrue(Result.isSuccess(outcome))
    if (Result.isSuccess(outcome)) assert.deepStrictEqual([...outcome.success[0]!.ids], ids)
  })
)

const bomb = new Uint8Array(2 ** 29)

const forged: ReadonlyArray<readonly [string, () => readonly [Uint8Array, Uint8Array], string]> = [
  [
    "a page that unpacks to more than it says",
    () => [dictionary, page(bomb, { plainBytes: plain(ids).length })],
    "more"
  ],
  ["a page that says and unpacks to too much", () => [dictionary, page(bomb, {})], "16 ids"],
  [
    "a page that unpacks to less than it says",
    () => [dictionary, page(new Uint8Array(9), { plainBytes: 31 })],
    "9 bytes"
  ],
  [
    "a dictionary that unpacks to too much",
    () => [page(bomb, { values: 5, plainBytes: 20 }, true), page(plain(ids), {})],
    "more"
  ],
  [
    "a dictionary that exchanges experts",
    () => [page(names(1, 0, 2, 3, 4), { values: 5 }, true), page(plain(ids), {})],
    "other experts"
  ],
  ["a shorter dictionary", () => [page(names(0, 1, 2, 3), { values: 4 }, true), page(plain(ids), {})], "dictionary"],
  [
    "a dictionary of another count",
    () => [page(names(0, 1, 2, 3, 4), { values: 6 }, true), page(plain(ids), {})],
    "dictionary"
  ],
  ["rows of another width", () => [dictionary, page(plain(ids, [0xee, 0xee]), {})], "levels"],
  ["indices of other bits", () => [dictionary, page(plain(ids, [0xaa, 0xaa], 9), {})], "levels"],
  ["an index after the dictionary", () => [dictionary, page(plain(ids.with(3, 5)), {})], "above 4"],
  ["another count of values", () => [dictionary, page(plain(ids), { values: 15 })], "16 ids"],
  ["another encoding", () => [dictionary, page(plain(ids), { encoding: 0 })], "16 ids"],
  ["a page of another kind", () => [dictionary, page(plain(ids), { type: 3 })], "page"]
]

it.effect.each(forged)("%s", ([, pages, what]) =>
  Effect.gen(function* () {
    const directory = yield* made
    forge(directory, ...pages())
    const before = process.memoryUsage().rss
    const outcome = yield* readAll(directory)
    assert.isTrue(Result.isFailure(outcome))
    const error = Result.isFailure(outcome) ? outcome.failure : undefined
    assert.strictEqual(error?.reason, "Corrupt")
    assert.include(error?.where, path.join(directory, "selections.parquet"))
    assert.include(error?.what, what)
    assert.isBelow(process.memoryUsage().rss - before, 200e6)
  })
)

it.effect("requests that unpack to more than their bytes can hold", () =>
  Effect.gen(function* () {
    const directory = yield* made
    const parts: Array<Uint8Array> = []
    const numbers = ["prefillTokens", "decodeTokens", "repeatedTokens", "cachedTokens"]
    const labels = ["benchmark", "subject", "language", ...numbers, "runs", "group", "source", "sourceDigest", "sha256"]
    const columns = labels.map((name) => ({
      name,
      type: numbers.includes(name) ? ("int32" as const) : ("text" as const)
    }))
    const table = new TableWriter(columns, "zstd", (bytes) => parts.push(bytes))
    table.append(
      columns.map(
        ({ name, type }) => (type === "int32" ? [5] : [name === "source" ? "x".repeat(2 ** 27) : "y"]) as never
      )
    )
    table.finish()
    fs.writeFileSync(path.join(directory, "requests.parquet"), Buffer.concat(parts))
    reseal(directory)
    const before = process.memoryUsage().rss
    const outcome = yield* readAll(directory)
    assert.include(Result.isFailure(outcome) ? outcome.failure.where : "", "requests.parquet")
    assert.include(Result.isFailure(outcome) ? outcome.failure.what : "", "cannot hold")
    assert.isBelow(process.memoryUsage().rss - before, 200e6)
  })
)
