/** Analyses on threads: the same result for any number of them and any chunks. */
import { assert, expect, it } from "@effect/vitest"
import { accumulate, traceContext } from "../src/accumulator.ts"
import { accumulateParallel } from "../src/node/accumulate-parallel.ts"
import { parquetStore } from "../src/node/parquet-store.ts"
import { TraceStore } from "../src/store.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { modelOf, randomRequests } from "../src/testing/made-up.ts"
import { inlineRunner } from "@moira/core"
import { threadRunner } from "@moira/core/node"
import { Effect, Stream } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { histogram } from "./histogram.ts"

const module = new URL("histogram.ts", import.meta.url).href
const sources = { it: { module, name: "histogram", options: { weight: 3 } } }

const inStore = <A, E>(
  layers: number,
  use: (directory: string) => Effect.Effect<A, E, TraceStore>
): Effect.Effect<A, unknown> =>
  Effect.acquireUseRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "moira-parallel-"))),
    (folder) => {
      const directory = path.join(folder, "trace.moira")
      const shape = { layers, experts: 9, topK: 2 }
      const requests = Stream.fromIterable(randomRequests(shape, 23, 5, 0.1))
      return writeStore({ directory, model: modelOf(shape), origin: { format: "test", options: {} } }, requests).pipe(
        Effect.andThen(use(directory).pipe(Effect.provide(parquetStore(directory))))
      )
    },
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  )

it.live(
  "any number of threads and any chunks give the same result, with and without a source",
  () =>
    inStore(11, (store) =>
      Effect.gen(function* () {
        const context = yield* traceContext
        const accumulators = { it: histogram(context, { weight: 3 }), own: histogram(context, { weight: 1 }) }
        const plain = yield* accumulate(accumulators)
        assert.strictEqual(plain.it.length, 11)
        for (const runner of [inlineRunner, ...[1, 2, 3].map(threadRunner)]) {
          for (const chunkRequests of [4, 4096]) {
            const parallel = accumulateParallel(accumulators, { store, chunkRequests, sources })
            assert.deepStrictEqual(yield* Effect.provide(parallel, runner), plain)
          }
        }
        const memory = accumulateParallel(accumulators, { sources })
        assert.deepStrictEqual(yield* Effect.provide(memory, threadRunner(2)), plain)
      })
    ),
  60_000
)

it.live(
  "a name that the module does not export is told",
  () =>
    inStore(2, (store) =>
      Effect.gen(function* () {
        const accumulators = { it: histogram(yield* traceContext, { weight: 3 }) }
        const wrong = { it: { module, name: "nothing", options: {} } }
        const parallel = accumulateParallel(accumulators, { store, sources: wrong })
        const error = yield* Effect.flip(Effect.provide(parallel, threadRunner(2)))
        expect(error.message).toContain("does not export a function nothing")
      })
    ),
  60_000
)

it.effect("each block of ids is read once, whatever the chunks; again where too little may be kept", () =>
  inStore(5, () =>
    Effect.gen(function* () {
      const store = yield* TraceStore
      const context = yield* traceContext
      const reads: Array<string> = []
      const counted = {
        ...store,
        read: (query: Parameters<typeof store.read>[0]) => {
          reads.push(`${query.layer}: ${query.from}`)
          return store.read(query)
        }
      }
      const run = (options: { readonly keepBytes?: number }) =>
        accumulate({ it: histogram(context, { weight: 1 }) }, { chunkRequests: 4, ...options }).pipe(
          Effect.provideService(TraceStore, counted)
        )
      const whole = yield* run({})
      assert.strictEqual(reads.length, 5 * 6)
      assert.strictEqual(new Set(reads).size, 5 * 6)
      reads.length = 0
      assert.deepStrictEqual(yield* run({ keepBytes: 0 }), whole)
      assert.strictEqual(reads.length, 2 * 5 * 6 - 6)
    })
  )
)
