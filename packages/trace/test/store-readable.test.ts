/** The files are ordinary Parquet: hyparquet, which knows nothing of this package, reads the same rows. */
import { assert, it } from "@effect/vitest"
import { memoryReader } from "../src/memory-store.ts"
import { type Model, moeLayers } from "@moira/core"
import { type TraceRequest } from "../src/selections.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { Effect, Stream } from "effect"
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { makeModel, temporaryDirectory } from "@moira/core/testing"
import { drawLengths, type Lengths, makeRequests, origin } from "./traces.ts"

const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zlib.zstdDecompressSync(input)) }

const written = Effect.fnUntraced(function* (model: Model, requests: ReadonlyArray<TraceRequest>) {
  const directory = path.join(yield* temporaryDirectory, "trace.moira")
  yield* writeStore({ directory, model, origin }, Stream.fromIterable(requests))
  const open = (name: string) => Effect.promise(() => asyncBufferFromFile(path.join(directory, name)))
  const selections = yield* open("selections.parquet")
  const requestsFile = yield* open("requests.parquet")
  return {
    selections: yield* Effect.promise(() => parquetReadObjects({ file: selections, compressors })),
    requests: yield* Effect.promise(() => parquetReadObjects({ file: requestsFile, compressors })),
    metadata: yield* Effect.promise(() => parquetMetadataAsync(selections))
  }
})

/** The rows that the file should hold, straight from the requests: chunk by chunk, layer by layer. */
const expectedRows = (model: Model, requests: ReadonlyArray<TraceRequest>, chunk: number) => {
  const rows = []
  for (let first = 0; first < requests.length; first += chunk) {
    for (const [index, layer] of moeLayers(model).entries()) {
      for (const [r, { prefillTokens, decodeTokens, ids }] of requests.slice(first, first + chunk).entries()) {
        const tokens = prefillTokens + decodeTokens
        for (let pos = 0; pos < tokens; pos++) {
          const at = (index * tokens + pos) * model.topK
          rows.push({ layer, request: first + r, pos, experts: [...ids.subarray(at, at + model.topK)] })
        }
      }
    }
  }
  return rows
}

const cases = [
  { name: "bytes", experts: 256, topK: 8, holes: 0 },
  { name: "bytes and holes", experts: 128, topK: 3, holes: 0.05 },
  { name: "9 bits", experts: 384, topK: 8, holes: 0 },
  { name: "9 bits for 256 experts and holes", experts: 256, topK: 5, holes: 0.05 },
  { name: "10 bits and holes", experts: 513, topK: 10, holes: 0.5 },
  { name: "top-1", experts: 128, topK: 1, holes: 0 },
  { name: "nothing but holes", experts: 4, topK: 2, holes: 1 }
]

it.effect.each(cases)("rows of selections.parquet: $name", ({ experts, topK, holes }) =>
  Effect.gen(function* () {
    const model = makeModel({ experts, topK })
    const trace = makeRequests(model, { seed: experts + topK, holes, lengths: drawLengths(topK, 90, 6) })
    const { selections } = yield* written(model, trace)
    const rows = selections.map(({ experts: list, ...row }) => ({ ...row, experts: [...list] }))
    assert.deepStrictEqual(rows, expectedRows(model, trace, 64))
  })
)

it.effect("rows of requests.parquet", () =>
  Effect.gen(function* () {
    const model = makeModel()
    const trace = makeRequests(model, { seed: 1, lengths: drawLengths(1, 70, 6) })
    const { requests } = yield* written(model, trace)
    assert.deepStrictEqual(requests, [...memoryReader(model, trace).requests])
  })
)

it.effect("a row group is one layer of up to 64 requests, and its statistics hold", () =>
  Effect.gen(function* () {
    const model = makeModel({ experts: 300, topK: 2 })
    // The first chunk ends and the second starts with requests without tokens.
    const lengths = Array.from({ length: 193 }, (_, r): Lengths => (r >= 60 && r < 70 ? [0, 0] : [1, r % 3]))
    const { metadata, selections } = yield* written(model, makeRequests(model, { seed: 2, lengths }))
    const layers = moeLayers(model)
    assert.strictEqual(metadata.row_groups.length, 4 * layers.length)
    let first = 0
    for (const group of metadata.row_groups) {
      const rows = selections.slice(first, (first += Number(group.num_rows)))
      for (const { meta_data: column } of group.columns) {
        const name = column!.path_in_schema[0]!
        const values = rows.flatMap((row) => row[name])
        const { min_value, max_value, is_max_value_exact, is_min_value_exact, null_count } = column!.statistics!
        assert.strictEqual(null_count, 0n)
        assert.strictEqual(Number(column!.num_values), values.length)
        const [least, greatest] = [Math.min(...values), Math.max(...values)]
        if (name === "experts") {
          assert.isTrue(Number(min_value) <= least && Number(max_value) >= greatest)
          assert.deepStrictEqual([is_min_value_exact, is_max_value_exact], [false, false])
        } else assert.deepStrictEqual([min_value, max_value], [least, greatest])
      }
    }
    assert.strictEqual(first, selections.length)
  })
)

it.effect("a chunk of large requests is cut before 64 requests", () =>
  Effect.gen(function* () {
    const model = makeModel({ experts: 8, topK: 8, layers: 1, moe: { first: 0, last: 0, every: 1 } })
    const [base] = makeRequests(model, { seed: 1, lengths: [[400_000, 100_000]] })
    const large = { ...base!, ids: new Uint16Array(base!.ids.length) }
    const directory = path.join(yield* temporaryDirectory, "trace.moira")
    yield* writeStore({ directory, model, origin }, Stream.fromIterable(Array.from({ length: 10 }, () => large)))
    const file = yield* Effect.promise(() => asyncBufferFromFile(path.join(directory, "selections.parquet")))
    const { row_groups } = yield* Effect.promise(() => parquetMetadataAsync(file))
    assert.deepStrictEqual(
      row_groups.map((group) => Number(group.num_rows)),
      Array.from({ length: 5 }, () => 2 * 500_000)
    )
  })
)
