/** Sweeps on worker threads: one trace for all of them, and a lost thread is an error, never a hang. */
import { assert, it } from "@effect/vitest"
import { nodePlugins, threadRunner } from "@moira/core/node"
import { TraceStore } from "@moira/trace"
import { type ExperimentPoint } from "../src/run/point.ts"
import pointTask from "../src/run/point-task.ts"
import { runPoints } from "../src/run/run-points.ts"
import { Effect } from "effect"
import { traceLayer } from "./scene.ts"

// A thread imports all of Effect before its first point.
const hardware = new URL(import.meta.resolve("@moira/hardware"))
const placement = new URL(import.meta.resolve("@moira/placement"))
const allocation = new URL(import.meta.resolve("@moira/allocation"))
const exits = new URL("broken-networks/exits.ts", import.meta.url).href
const throws = new URL("broken-networks/throws.ts", import.meta.url).href
const good = new URL("networks/bottleneck.ts", hardware).href

type Asked = Omit<ExperimentPoint, "trace">

const named = (kind: string, module: string) => ({ reference: { kind, name: module }, module })
const point = (network: string, batch: number): Asked => ({
  backend: named("hardware", new URL("testing/ring.ts", hardware).href),
  machine: "ring-8",
  network: named("network", network),
  optimizer: named("optimizer", new URL("optimizers/contiguous.ts", placement).href),
  allocator: named("allocator", new URL("allocators/algorithm-1.ts", allocation).href),
  residency: named("residency", new URL("residencies/fixed.ts", allocation).href),
  batch,
  steps: 2
})

/** The points, of the trace that is open. */
const ofTrace = (points: ReadonlyArray<Asked>) =>
  TraceStore.use(({ manifest: { contentSha256 } }) =>
    Effect.succeed(points.map((one) => ({ ...one, trace: { contentSha256 } })))
  )

const run = (workers: number, points: ReadonlyArray<Asked>) =>
  Effect.flatMap(ofTrace(points), runPoints).pipe(
    Effect.provide([traceLayer(30, 1), threadRunner(workers), nodePlugins])
  )

it.effect("what every thread reads of the trace is shared memory, so that a worker more costs no copy", () =>
  Effect.gen(function* () {
    const points = yield* ofTrace([point(good, 20), { ...point(good, 30), warmUpSteps: 2 }])
    const { ids, steps, requests, knowledge } = yield* pointTask.prepare!(points)
    assert.deepStrictEqual([steps, requests], [4, 30])
    for (const values of [ids, ...knowledge!.prefillCounts, ...knowledge!.crossToken])
      assert.instanceOf(values.buffer, SharedArrayBuffer)
  }).pipe(Effect.provide([traceLayer(30, 1), nodePlugins]))
)

it.live("three threads give ten points the same bytes as one, in the order of the points", () =>
  Effect.gen(function* () {
    const points = Array.from({ length: 10 }, (_, i) => point(good, 200 - 20 * i))
    const one = yield* run(1, points)
    assert.deepStrictEqual(
      one.map(({ batch }) => batch),
      points.map(({ batch }) => batch)
    )
    assert.strictEqual(JSON.stringify(yield* run(3, points)), JSON.stringify(one))
  })
)

for (const [name, network, what] of [
  ["exits", exits, /exited with code 3/],
  ["throws", throws, /the model broke/]
] as const) {
  it.live(`a network model that ${name} fails the sweep with its reason, also beside points that run well`, () =>
    Effect.gen(function* () {
      const points = [point(good, 20), point(network, 40), point(good, 60)]
      const error = yield* Effect.flip(run(2, points).pipe(Effect.timeout("40 seconds")))
      assert.strictEqual(error._tag, "SimulationError")
      assert.match(error.message, what)
    })
  )
}
