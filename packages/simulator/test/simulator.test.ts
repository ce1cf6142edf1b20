import { assert, it } from "@effect/vitest"
import flow from "@moira/hardware/networks/flow"
import ideal from "@moira/hardware/networks/ideal"
import { Hardware, load, type Machine, Network } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import algorithm1 from "@moira/allocation/allocators/algorithm-1"
import atHome from "@moira/allocation/allocators/at-home"
import balance from "@moira/allocation/allocators/balance"
import even from "@moira/allocation/allocators/even"
import predicted from "@moira/allocation/residencies/predicted"
import { type AllocationPolicy, Allocator, Residency } from "@moira/allocation"
import { compareRuns } from "../src/run/run-result.ts"
import { type DecodeWindow, loadWindow } from "../src/window/window.ts"
import type { ExperimentPoint } from "../src/run/point.ts"
import { runPoints } from "../src/run/run-points.ts"
import { simulate } from "../src/run/simulate.ts"
import { inlineRunner } from "@moira/core"
import { nodePlugins, threadRunner } from "@moira/core/node"
import { RunResult } from "@moira/results"
import { TraceStore } from "@moira/trace"
import { Effect, Layer, Schema } from "effect"
import { stages, traceLayer } from "./scene.ts"

const window = loadWindow({ requests: 400, steps: 6 }).pipe(Effect.provide([traceLayer(30, 1), nodePlugins]))
const options = { batch: 400, steps: 6 }

it.effect("gives a result that its schema accepts, says how requests were reused, and repeats to the byte", () =>
  Effect.gen(function* () {
    const run = yield* Effect.provide(simulate(yield* window, options), stages)
    assert.deepStrictEqual(Schema.decodeUnknownSync(RunResult)(JSON.parse(JSON.stringify(run))), run)
    assert.match(run.warnings.join(), /30 requests: each was used up to 14 times/)
    assert.deepStrictEqual(yield* Effect.provide(simulate(yield* window, options), stages), run)
    assert.isAtLeast(run.metrics["lower_bound_ratio"]!, 1)
    assert.strictEqual(
      run.perStep.reduce((sum, step) => sum + step.timePs, 0),
      run.metrics["time_ps"]
    )
  })
)

it.effect("steps to warm up run and do not count: what follows is what a longer run shows from there on", () =>
  Effect.gen(function* () {
    const w = yield* window
    const of = (changed: Partial<typeof options> & { readonly warmUpSteps?: number }) =>
      simulate(w, { ...options, ...changed }).pipe(Effect.provide(Residency.layer(predicted)), Effect.provide(stages))
    const whole = yield* of({ steps: 6 })
    const warm = yield* of({ steps: 4, warmUpSteps: 2 })
    assert.deepStrictEqual(warm.perStep, whole.perStep.slice(2))
    assert.strictEqual(warm.steps, 4)
    assert.strictEqual(warm.warmUpSteps, 2)
    const cold = yield* of({ steps: 4 })
    assert.notDeepEqual(
      warm.perStep.map(({ timePs }) => timePs),
      cold.perStep.map(({ timePs }) => timePs)
    )
    const short = yield* of({ steps: 6, warmUpSteps: 2 })
    assert.match(short.warnings.join(), /6 decode tokens: 4 of 6 steps were run after 2 to warm up/)
    const error = yield* Effect.flip(of({ warmUpSteps: 6 }))
    assert.match(error.message, /--warm-up 6: no request of the batch decodes for longer/)
  })
)

it.effect("swapping a stage is swapping its layer", () =>
  Effect.gen(function* () {
    const w = yield* window
    const allo = yield* Effect.provide(simulate(w, options), stages)
    const swap = <A, E>(layer: Layer.Layer<A, E>) =>
      simulate(w, options).pipe(Effect.provide(layer), Effect.provide(stages))
    const atHomeRun = yield* swap(Allocator.layer(atHome))
    assert.strictEqual(atHomeRun.strategy.allocator, "at-home")
    assert.strictEqual(atHomeRun.metrics["hops"], 0)
    assert.strictEqual((yield* swap(Network.layer(ideal))).network, "ideal")
    const small = { dies: 2, linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }
    assert.strictEqual((yield* swap(Hardware.layer(ring, { spec: small }))).machine.units.length, 2)
    assert.strictEqual(allo.machine.units.length, 8)
  })
)

it.effect("verifies a network model against the closed form, and says where it is too fast", () =>
  Effect.gen(function* () {
    const w = yield* window
    const run = (model: typeof flow) =>
      simulate(w, { ...options, verify: true }).pipe(Effect.provide(Network.layer(model)), Effect.provide(stages))
    assert.strictEqual((yield* run(flow)).network, "flow")
    const tooFast = { ...flow, id: "too-fast", prepare: () => () => 5 }
    const error = yield* Effect.flip(run(tooFast))
    assert.match(error.message, /too-fast, layer 1, step 0: 5 ps below \d+ ps: faster than the closed form in 18 layer/)
  })
)

/** Blocks of 50 of all layer steps, counted from the window. */
const plainBlocks = (w: DecodeWindow): number => {
  let blocks = 0
  for (let row = 0; row < w.layers.length * w.steps; row++) {
    const asked = new Map<number, number>()
    for (let slot = 0; slot < options.batch; slot++) {
      const request = slot % w.requests
      if (w.decodeTokens[request]! <= row % w.steps) continue
      for (let k = 0; k < w.model.topK; k++) {
        const e = w.ids[(row * w.requests + request) * w.model.topK + k]!
        asked.set(e, (asked.get(e) ?? 0) + 1)
      }
    }
    for (const count of asked.values()) blocks += Math.ceil(count / 50)
  }
  return blocks
}

it.effect("a decision costs the time of the controller that is asked for, at every layer step", () =>
  Effect.gen(function* () {
    const w = yield* window
    const slow = (controllers: Machine["controllers"]) =>
      Layer.effect(
        Hardware,
        Effect.map(load(ring, Object.values(ring.machines)[0]), (built) => ({
          ...built,
          machine: { ...built.machine, ...(controllers === undefined ? {} : { controllers }) }
        }))
      )
    const cp = { usual: { basePs: 1000, cyclePs: 0.5 }, host: { basePs: 9000, cyclePs: 0 } }
    const time = (controllers: Machine["controllers"], controller?: string, allocator: AllocationPolicy = algorithm1) =>
      simulate(w, { ...options, ...(controller === undefined ? {} : { controller }) }).pipe(
        Effect.map((run) => run.metrics["time_ps"]!),
        Effect.provide(Layer.merge(slow(controllers), Allocator.layer(allocator))),
        Effect.provide(stages)
      )
    const free = yield* time(undefined)
    const steps = 6 * 3
    // Algorithm 1 says 225 cycles an expert and 27 a block of 50.
    const cycles = steps * 225 * w.model.experts + 27 * plainBlocks(w)
    const waited = (yield* time({ usual: { basePs: 1000, cyclePs: 2 } })) - free
    assert.strictEqual(waited, steps * 1000 + 2 * cycles)
    assert.strictEqual(yield* time(cp, "host"), free + steps * 9000)
    // Moira's decides while every unit reads; activations wait for it all the same.
    const alone = yield* time(undefined, undefined, balance)
    const short = (yield* time({ usual: { basePs: 500, cyclePs: 0 } }, undefined, balance)) - alone
    assert.isTrue(short >= 0 && short <= steps * 500, `${short}`)
    // Where a decision is dear it is taken one step late: only the first step of each of 3 layers waits for its own.
    const dear = (yield* time({ usual: { basePs: 1e12, cyclePs: 0 } }, undefined, balance)) - alone
    assert.isTrue(dear > 3 * 0.9e12 && dear <= 3 * 1.1e12, `${dear}`)
    assert.strictEqual(yield* time(cp, undefined, atHome), yield* time(undefined, undefined, atHome), "nobody decides")
    const error = yield* Effect.flip(time(cp, "nobody"))
    assert.match(String(error), /--controller nobody.*known are usual, host/)
  })
)

it.effect("ignored token traffic sends no token", () =>
  Effect.gen(function* () {
    const run = yield* Effect.provide(simulate(yield* window, { ...options, tokenTraffic: "ignored" }), stages)
    assert.deepStrictEqual([run.metrics["token_bytes"], run.metrics["token_hops"]], [0, 0])
  })
)

it.effect("refuses nonsense and says what to do", () =>
  Effect.gen(function* () {
    const w = yield* window
    for (const bad of [
      { batch: 0, steps: 6 },
      { batch: 1.5, steps: 6 },
      { batch: 4, steps: -1 }
    ]) {
      const error = yield* Effect.flip(Effect.provide(simulate(w, bad), stages))
      assert.match(error.message, /not a whole number above 0; hint/)
    }
  })
)

const beside = (entry: string, file: string) => ({
  reference: { kind: "any", name: file },
  module: new URL(file, import.meta.resolve(entry)).href
})
const point = (allocator: string, batch: number) => ({
  backend: beside("@moira/hardware", "testing/ring.ts"),
  machine: "ring-8",
  network: beside("@moira/hardware", "networks/bottleneck.ts"),
  optimizer: beside("@moira/placement", "optimizers/contiguous.ts"),
  allocator: beside("@moira/allocation", `allocators/${allocator}.ts`),
  residency: beside("@moira/allocation", "residencies/fixed.ts"),
  strategy: allocator === "even" ? "base" : allocator,
  batch,
  steps: 4
})
const points = [even.id, atHome.id, "algorithm-1-shares"].flatMap((id) => [point(id, 100), point(id, 400)])

const run = (asked: ReadonlyArray<Omit<ExperimentPoint, "trace">>) =>
  Effect.gen(function* () {
    const { contentSha256 } = (yield* TraceStore).manifest
    return yield* runPoints(asked.map((one) => ({ ...one, trace: { contentSha256 } })))
  }).pipe(Effect.provide([traceLayer(30, 1), nodePlugins]))

it.live("gives the same bytes inline and on one or two worker threads", () =>
  Effect.gen(function* () {
    const inline = yield* Effect.provide(run(points), inlineRunner)
    assert.deepStrictEqual(
      inline.map(({ batch }) => batch),
      [100, 400, 100, 400, 100, 400]
    )
    for (const workers of [1, 2])
      assert.strictEqual(
        JSON.stringify(yield* Effect.provide(run(points), threadRunner(workers))),
        JSON.stringify(inline)
      )
    const names = inline.map(({ strategy }) => strategy.name)
    const compared = compareRuns(
      inline.map((one, i) => (i < 2 ? { ...one, strategy: { ...one.strategy, name: "base" } } : one)),
      names[2]!
    )
    assert.deepStrictEqual([compared[0]!.metrics["speedup_over_base"], compared[0]!.metrics["hop_reduction"]], [1, 1])
    assert.strictEqual(compared[2]!.metrics["speedup"], 1)
    const throughput = (i: number) => compared[i]!.metrics["throughput_tokens_per_s"]!
    assert.strictEqual(compared[4]!.metrics["speedup"], throughput(4) / throughput(2))
    assert.strictEqual(compared[4]!.metrics["speedup_over_base"], throughput(4) / throughput(0))
    const placed = compareRuns(
      inline.map((one, i) => ({ ...one, strategy: { ...one.strategy, name: `ep on ${i < 2 ? "this" : "that"}` } })),
      "ep"
    )
    assert.strictEqual(placed[0]!.metrics["speedup"], 1)
    assert.strictEqual(placed[2]!.metrics["speedup"], throughput(2) / throughput(0))
    assert.isUndefined(compared[2]!.metrics["hop_reduction"], "no hops at home: no finite ratio")
    assert.isAbove(compared[5]!.metrics["hop_reduction"]!, 1)
  })
)

it.live("a point that cannot run fails with its own words, from a thread too", () =>
  Effect.gen(function* () {
    const broken = [{ ...points[0]!, machine: "ring-9" }]
    for (const runner of [inlineRunner, threadRunner(1)]) {
      const error = yield* Effect.flip(Effect.provide(run(broken), runner))
      assert.strictEqual(error._tag, "SimulationError")
      assert.match(error.message, /ring-9: unknown machine of backend ring; hint: known are ring-8/)
    }
  })
)

it.effect("points of another trace than the one that is open are refused", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(runPoints([{ ...points[0]!, trace: { contentSha256: "other" } }]))
    assert.match(error.message, /^trace other: the store that is open holds trace [0-9a-f]{64}; hint/)
  }).pipe(Effect.provide([traceLayer(3, 1), inlineRunner, nodePlugins]))
)

it.effect("a trace without decode tokens cannot be simulated", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(Effect.provide(loadWindow({ requests: 4, steps: 0 }), traceLayer(3, 1)))
    assert.strictEqual(error._tag, "SimulationError")
  })
)
