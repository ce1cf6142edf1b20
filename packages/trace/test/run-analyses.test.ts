/** Analyses on threads: the same result for any number of them and any chunks. */
import { assert, expect, it } from "@effect/vitest"
import { accumulate, traceContext } from "../src/accumulator.ts"
import { storeLayer } from "../src/node/parquet-store.ts"
import { runAnalyses } from "../src/run-analyses.ts"
import { TraceStore } from "../src/store.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { modelOf, randomRequests } from "../src/testing/made-up.ts"
import { inlineRunner, PluginFault, Runner } from "@moira/core"
import { threadRunner } from "@moira/core/node"
import { Effect, Exit, Stream } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import away, { histogram, inline } from "./histogram.ts"
import throwing from "./throwing.ts"

const inStore = <A, E>(layers: number, use: () => Effect.Effect<A, E, TraceStore>): Effect.Effect<A, unknown> =>
  Effect.acquireUseRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "moira-parallel-"))),
    (folder) => {
      const directory = path.join(folder, "trace.moira")
      const shape = { layers, experts: 9, topK: 2 }
      const requests = Stream.fromIterable(randomRequests(shape, 23, 5, 0.1))
      return writeStore({ directory, model: modelOf(shape), origin: { format: "test", options: {} } }, requests).pipe(
        Effect.andThen(use().pipe(Effect.provide(storeLayer(directory))))
      )
    },
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  )

const throwingModule = new URL("throwing.ts", import.meta.url).href

const options = { split: { seed: 1, heldOutShare: 0.5 }, seed: 3 }
/** In threads however small the trace is. */
const always = { ...options, inlineBelowIds: 0 }

it.live(
  "any number of threads and any chunks give the same result, of analyses that name their module and of others",
  () =>
    inStore(11, () =>
      Effect.gen(function* () {
        const accumulators = { away: away.accumulator(yield* traceContext, options) }
        const plain = (yield* accumulate(accumulators)).away
        assert.strictEqual(plain.length, 11)
        for (const runner of [inlineRunner, ...[1, 2, 3].map(threadRunner)]) {
          for (const chunkRequests of [4, 4096]) {
            const results = yield* runAnalyses([inline, away, inline], { ...always, chunkRequests }).pipe(
              Effect.provide(runner)
            )
            assert.deepStrictEqual(results, [plain, plain, plain])
          }
        }
        const { opener: _, ...closed } = yield* TraceStore
        const memory = runAnalyses([away], always).pipe(Effect.provideService(TraceStore, closed))
        assert.deepStrictEqual(yield* Effect.provide(memory, threadRunner(2)), [plain])
      })
    ),
  60_000
)

it.live(
  "small traces are read by this thread alone, which no runner sees",
  () =>
    inStore(3, () =>
      Effect.gen(function* () {
        const refuses = {
          contract: "runner/v1",
          id: "refuses",
          workers: 8,
          run: () => Stream.die("was asked")
        } as const
        const run = (asked: typeof always) =>
          runAnalyses([away], asked).pipe(Effect.provideService(Runner, refuses), Effect.exit)
        assert.isTrue(Exit.isSuccess(yield* run({ ...always, inlineBelowIds: 10_000 })))
        assert.isTrue(Exit.isFailure(yield* run(always)))
      })
    ),
  60_000
)

it.live(
  "an analysis that throws is named, in this thread and in another",
  () =>
    inStore(2, () =>
      Effect.gen(function* () {
        for (const analysis of [throwing, { ...throwing, module: () => throwingModule }]) {
          const error = yield* Effect.flip(Effect.provide(runAnalyses([analysis], always), threadRunner(2)))
          assert.instanceOf(error, PluginFault)
          expect(error.message).toContain("analysis throwing")
          expect(error.message).toContain("layer 1: throws Error: odd layer")
          expect(error.message).toContain("accumulatorConformance")
        }
      })
    ),
  60_000
)

it.live(
  "a module without an analysis is told",
  () =>
    inStore(2, () =>
      Effect.gen(function* () {
        const wrong = { ...away, module: () => new URL("traces.ts", import.meta.url).href }
        const error = yield* Effect.flip(Effect.provide(runAnalyses([wrong], always), threadRunner(2)))
        expect(error.message).toContain("traces.ts")
        expect(error.message).toContain("no analysis")
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
      const run = (kept: { readonly keepBytes?: number }) =>
        accumulate({ it: histogram(context, { weight: 1 }) }, { chunkRequests: 4, ...kept }).pipe(
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
