/** Evaluations over threads: the same result for any number of them, and the same fault. */
import { assert, it } from "@effect/vitest"
import { inlineRunner, loadPlugin, PluginFault, Runner } from "@moira/core"
import { nodePlugins, threadRunner } from "@moira/core/node"
import type { TraceStore } from "@moira/trace"
import { storeLayer, writeStore } from "@moira/trace/node"
import { modelOf, randomRequests } from "@moira/trace/testing"
import { Effect, Stream } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { runForecast } from "../src/evaluation/run-forecast.ts"
import { predictorKind } from "../src/predictor.ts"

const inStore = <A, E>(use: () => Effect.Effect<A, E, TraceStore>): Effect.Effect<A, unknown> =>
  Effect.acquireUseRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "moira-forecast-"))),
    (folder) => {
      const directory = path.join(folder, "trace.moira")
      const shape = { layers: 5, experts: 9, topK: 2 }
      const requests = Stream.fromIterable(randomRequests(shape, 23, 5, 0.1))
      return writeStore({ directory, model: modelOf(shape), origin: { format: "test", options: {} } }, requests).pipe(
        Effect.andThen(use().pipe(Effect.provide(storeLayer(directory))))
      )
    },
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  )

const named = (...names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) =>
    loadPlugin(predictorKind, name.startsWith(".") ? path.join(import.meta.dirname, name) : name)
  ).pipe(
    Effect.map((loaded) => loaded.map(({ plugin }) => plugin)),
    Effect.provide(nodePlugins)
  )

/** In threads however small the trace is. */
const always = { draws: 20, inlineBelow: 0 }

it.live(
  "any number of threads gives the same result, a stranger's predictor among the others",
  () =>
    inStore(() =>
      Effect.gen(function* () {
        const predictors = yield* named("popularity", "mixture", "cross-layer", "./strangers.ts")
        const plain = yield* runForecast({ predictors, ...always })
        assert.strictEqual(plain.predictors[0]!.layers.length, 5)
        for (const runner of [inlineRunner, ...[1, 2, 3].map(threadRunner)])
          assert.deepStrictEqual(yield* runForecast({ predictors, ...always }).pipe(Effect.provide(runner)), plain)
      })
    ),
  60_000
)

it.live(
  "a fault in a thread is told as in this one, and names the module",
  () =>
    inStore(() =>
      Effect.gen(function* () {
        const predictors = yield* named("popularity", "./strangers-broken.ts")
        const fault = (runner: typeof inlineRunner) =>
          runForecast({ predictors, ...always }).pipe(Effect.provide(runner), Effect.flip)
        const [here, there] = [yield* fault(inlineRunner), yield* fault(threadRunner(2))]
        assert.instanceOf(there, PluginFault)
        assert.match(there.message, /strangers-broken\.ts\), MoE layer 1, step 0, expert 0: gives NaN/)
        assert.strictEqual(there.message, here.message)
      })
    ),
  60_000
)

it.live(
  "predictors given as values and small traces never leave this thread",
  () =>
    inStore(() =>
      Effect.gen(function* () {
        const predictors = yield* named("popularity", "recency")
        const asked = { contract: "runner/v1", id: "asked", workers: 8, run: () => Stream.die("was asked") } as const
        const run = (options: Parameters<typeof runForecast>[0]) =>
          runForecast(options).pipe(Effect.provideService(Runner, asked), Effect.exit)
        const values = [predictors[0]!, { ...predictors[1]!, id: "mine" }]
        assert.strictEqual((yield* run({ predictors: values, ...always }))._tag, "Success")
        assert.strictEqual((yield* run({ predictors, draws: 20 }))._tag, "Success")
        assert.strictEqual((yield* run({ predictors, ...always }))._tag, "Failure")
      })
    ),
  60_000
)
