/** DuckDB, which knows nothing of Moira, counts the same in a store. */
import { assert, it } from "@effect/vitest"
import { DuckDBInstance } from "@duckdb/node-api"
import { mergeStores } from "../src/node/merge.ts"
import { missingExpert } from "../src/selections.ts"
import { type Model } from "@moira/core"
import { openStore } from "../src/node/parquet-store.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { Effect, Stream } from "effect"
import * as path from "node:path"
import { makeModel, temporaryDirectory } from "@moira/core/testing"
import { drawLengths, makeRequests, origin } from "./traces.ts"

/** Runs SQL in which `@requests` and `@selections` are the files of a store. */
const sql = (directory: string, text: string) =>
  Effect.promise(async () => {
    const connection = await (await DuckDBInstance.create(":memory:")).connect()
    const file = (name: string) => `'${path.join(directory, `${name}.parquet`)}'`
    const placed = text.replaceAll(/@(requests|selections)/g, (_, name: string) => file(name))
    const rows = (await connection.runAndReadAll(placed)).getRows()
    connection.closeSync()
    // Counts come as bigint.
    return rows.map((row) => row.map(Number))
  })

const kinds: ReadonlyArray<{ readonly name: string; readonly model: Model; readonly holes: number }> = [
  { name: "bytes", model: makeModel({ experts: 256, topK: 8 }), holes: 0 },
  { name: "9 bits and holes", model: makeModel({ experts: 384, topK: 4 }), holes: 0.05 },
  { name: "top-1", model: makeModel({ experts: 128, topK: 1 }), holes: 0 }
]

it.live.each(kinds)("counts of $name", ({ model, holes }) =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const directory = path.join(folder, "trace.moira")
    const trace = makeRequests(model, { seed: 1, holes, lengths: drawLengths(1, 150, 8) })
    yield* writeStore({ directory, model, origin }, Stream.fromIterable(trace.slice(0, 70)))
    const rest = path.join(folder, "rest.moira")
    yield* writeStore({ directory: rest, model, origin }, Stream.fromIterable(trace.slice(70)))
    yield* mergeStores([directory, rest], directory)
    const { manifest, requests, read } = yield* openStore(directory)

    const [totals] = yield* sql(
      directory,
      `select count(*), sum("prefillTokens"), sum("decodeTokens"), count(distinct sha256) from @requests`
    )
    const { counts } = manifest
    assert.deepStrictEqual(totals, [
      counts.requests,
      counts.prefillTokens,
      counts.decodeTokens,
      new Set(requests.map((row) => row.sha256)).size
    ])

    const expected = new Map<string, number>()
    for (const layer of manifest.layers) {
      const { ids } = yield* read({ layer })
      for (const id of ids) expected.set(`${layer} ${id}`, (expected.get(`${layer} ${id}`) ?? 0) + 1)
    }
    const counted = yield* sql(
      directory,
      `select layer, expert, count(*) from (select layer, unnest(experts) as expert from @selections) group by all`
    )
    assert.deepStrictEqual(new Map(counted.map(([layer, expert, n]) => [`${layer} ${expert}`, n])), expected)
    const [missing] = yield* sql(
      directory,
      `select count(*) from (select unnest(experts) as expert from @selections) where expert = ${missingExpert}`
    )
    assert.deepStrictEqual(missing, [counts.missingIds])

    // One request, decode alone, in the order of its tokens.
    const request = 100
    const { decodeTokens, prefillTokens } = requests[request]!
    const rows = yield* sql(
      directory,
      `select unnest(experts) from @selections where layer = 3 and request = ${request} and pos >= ${prefillTokens} order by pos`
    )
    const decode = yield* read({ layer: 3, from: request, to: request + 1, phase: "decode" })
    assert.strictEqual(rows.length, decodeTokens * model.topK)
    assert.deepStrictEqual(rows.flat(), [...decode.ids])
  })
)
