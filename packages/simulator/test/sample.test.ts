/** Samples of layers and steps: what runs is what the whole run shows there, and what they stand for adds up. */
import { assert, it } from "@effect/vitest"
import algorithm1 from "@moira/allocation/allocators/algorithm-1"
import atHome from "@moira/allocation/allocators/at-home"
import balance from "@moira/allocation/allocators/balance"
import retained from "@moira/allocation/residencies/retained"
import { Allocator, Residency } from "@moira/allocation"
import { moeLayers, random } from "@moira/core"
import { Hardware } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import { RunResult } from "@moira/results"
import { modelOf } from "@moira/trace/testing"
import { Effect, Schema } from "effect"
import { compareRuns } from "../src/run/run-result.ts"
import { logError, studentQuantile } from "../src/run/sample-error.ts"
import { simulate, type SimulateOptions } from "../src/run/simulate.ts"
import { drawPlan, wholePlan } from "../src/step/plan.ts"
import { makeBatch } from "../src/window/batch.ts"
import type { DecodeWindow } from "../src/window/window.ts"
import { stages } from "./scene.ts"

const shape = { layers: 11, experts: 12, topK: 2 }
const model = { ...modelOf(shape), hidden: 4096, expertFfn: 2048 }
const layers = moeLayers(model)
const [requests, steps] = [60, 9]

/** Requests that end one after the other, the last but one at step 8, and nobody at step 9. */
const window: DecodeWindow = (() => {
  const { below } = random(2)
  return {
    model,
    layers,
    requests,
    steps: steps + 1,
    ids: Uint8Array.from({ length: layers.length * (steps + 1) * requests * 2 }, () =>
      Math.floor((below(12) * below(12)) / 12)
    ),
    decodeTokens: Uint32Array.from({ length: requests }, (_, r) => (r === 0 ? steps : 1 + below(steps)))
  }
})()

const options = { batch: 60, steps: 20 }
const stateless = (more: Partial<SimulateOptions> = {}) =>
  simulate(window, { ...options, ...more }).pipe(Effect.provide(Allocator.layer(atHome)), Effect.provide(stages))
const stateful = (more: Partial<SimulateOptions> = {}) =>
  simulate(window, { ...options, ...more }).pipe(
    Effect.provide([Allocator.layer(balance), Residency.layer(retained)]),
    Effect.provide(stages)
  )

it("draws one of each stretch, standing for it; other layers at each step, and all of them in turn", () => {
  const plan = wholePlan(makeBatch(window, 60), 20)
  assert.deepStrictEqual(
    plan.steps.map(({ index, weight }) => [index, weight]),
    Array.from({ length: steps }, (_, t) => [t, 1])
  )
  assert.strictEqual(plan.drawn, undefined)
  for (let seed = 0; seed < 30; seed++) {
    const drawn = drawPlan(plan, { layers: 4, steps: 5 }, true, random(seed).below)
    assert.deepStrictEqual(
      drawn.steps.map(({ weight }) => weight),
      [1, 2, 2, 2, 2]
    )
    for (const [t, step] of drawn.steps.entries()) {
      assert.strictEqual(Math.floor((step.index * 5 + 4) / 9), t)
      assert.deepStrictEqual(
        step.layers.map(({ weight }) => weight),
        [2, 3, 3, 3]
      )
      for (const [h, { index }] of step.layers.entries()) assert.strictEqual(Math.floor((index * 4 + 3) / 11), h)
    }
    // Three steps see all of three layers.
    assert.strictEqual(
      new Set(drawn.steps.slice(0, 3).flatMap((step) => step.layers.map(({ index }) => index))).size,
      11
    )
    const same = drawPlan(plan, { layers: 4, steps: 5 }, false, random(seed).below)
    assert.strictEqual(same.steps.length, steps)
    for (const step of same.steps) assert.strictEqual(step.layers, same.layers)
  }
  const all = drawPlan(plan, { layers: 40, steps: 40 }, true, random(1).below)
  assert.deepStrictEqual(all.steps, plan.steps)
})

it.effect("a sample of everything is the whole run, and says nothing of a sample", () =>
  Effect.gen(function* () {
    for (const run of [stateless, stateful])
      assert.deepStrictEqual(yield* run({ sample: { layers: 11, steps: 9 } }), yield* run())
  })
)

it.effect("steps and layers that run are those of the whole run, and its sums are what they stand for", () =>
  Effect.gen(function* () {
    const whole = yield* stateless()
    const allLayers = yield* stateless({ sample: { layers: 99, steps: 4 } })
    for (const step of allLayers.perStep) assert.deepStrictEqual(step, whole.perStep[step.step])
    assert.strictEqual(allLayers.perStep.length, 4)
    assert.strictEqual(allLayers.steps, whole.steps)
    const weights = [2, 2, 2, 3]
    assert.strictEqual(
      allLayers.metrics["time_ps"],
      allLayers.perStep.reduce((sum, { timePs }, t) => sum + timePs * weights[t]!, 0)
    )
    assert.strictEqual(
      allLayers.metrics["tokens"],
      allLayers.perStep.reduce((sum, { tokens }, t) => sum + tokens * weights[t]!, 0)
    )
    const allSteps = yield* stateful({ sample: { layers: 4, steps: 3 } })
    const wholeStateful = yield* stateful()
    const timeOf = new Map(wholeStateful.layers.map(({ layer, timePs }) => [layer, timePs]))
    assert.strictEqual(allSteps.layers.length, 4)
    for (const { layer, timePs } of allSteps.layers) assert.strictEqual(timePs, timeOf.get(layer))
    assert.strictEqual(allSteps.perStep.length, steps)
    assert.deepStrictEqual(allSteps.sample?.of, { layers: 11, steps: 9 })
    assert.match(
      allSteps.warnings.join(),
      /4 of 11 layers at 9 of 9 steps, all of them since balance may go by earlier/
    )
  })
)

it.effect("is drawn by the seed, says what it is, and fits its schema", () =>
  Effect.gen(function* () {
    const one = yield* stateless({ sample: { layers: 3, steps: 4 }, seed: 5 })
    assert.deepStrictEqual(yield* stateless({ sample: { layers: 3, steps: 4 }, seed: 5 }), one)
    const other = yield* stateless({ sample: { layers: 3, steps: 4 }, seed: 6 })
    assert.notDeepEqual(other.perStep, one.perStep)
    assert.deepStrictEqual(Schema.decodeUnknownSync(RunResult)(JSON.parse(JSON.stringify(one))), one)
    const { layers: ran, steps: stepsRan, throughputInterval, layerTimeInterval } = one.sample!
    assert.deepStrictEqual([ran, stepsRan], [3, 4])
    assert.isBelow(throughputInterval[0], one.metrics["throughput_tokens_per_s"]!)
    assert.isAbove(throughputInterval[1], one.metrics["throughput_tokens_per_s"]!)
    assert.isBelow(layerTimeInterval[0], one.metrics["layer_time_ps"]!)
    assert.isAbove(layerTimeInterval[1], one.metrics["layer_time_ps"]!)
    assert.match(one.warnings.join(), /a sample of 3 of 11 layers at 4 of 9 steps: sums and means are estimates/)
  })
)

it.effect("samples of the same layers are compared whatever steps they needed, and never with a whole run", () =>
  Effect.gen(function* () {
    const sample = { layers: 4, steps: 3 }
    const [ep, moira] = [yield* stateless({ sample, strategy: "ep" }), yield* stateful({ sample, strategy: "moira" })]
    const [, compared] = compareRuns([ep, moira], "ep")
    assert.strictEqual(
      compared!.metrics["speedup"],
      moira.metrics["throughput_tokens_per_s"]! / ep.metrics["throughput_tokens_per_s"]!
    )
    const [, apart] = compareRuns([yield* stateless({ strategy: "ep" }), moira], "ep")
    assert.isUndefined(apart!.metrics["speedup"])
  })
)

it.effect("refuses fewer than two", () =>
  Effect.gen(function* () {
    for (const sample of [
      { layers: 1, steps: 4 },
      { layers: 4, steps: 1 },
      { layers: 2.5, steps: 4 }
    ]) {
      const error = yield* Effect.flip(stateless({ sample }))
      assert.match(error.message, /--sample .*fewer than two layers or steps/)
    }
  })
)

const expertBytes = 3 * 4096 * 2048

/** A run with caches for so many experts. */
const cached = (experts: number, more: Partial<SimulateOptions> = {}) =>
  simulate(window, { ...options, ...more }).pipe(
    Effect.provide([
      Allocator.layer(atHome),
      Hardware.layer({
        ...ring,
        build: (spec) =>
          Effect.map(ring.build(spec), (machine) => ({
            ...machine,
            nodes: machine.nodes.map((node) => ({
              ...node,
              llc: { bytes: experts * expertBytes, hitPs: 1, missPs: 1 }
            }))
          }))
      })
    ]),
    Effect.provide(stages)
  )

it.effect(
  "caches have the share of their room that layers have, and all steps run where they could keep an expert",
  () =>
    Effect.gen(function* () {
      const sample = { layers: 4, steps: 3 }
      const small = yield* cached(1, { sample })
      assert.strictEqual(small.perStep.length, 3, small.warnings.join("; "))
      assert.strictEqual(small.metrics["llc_hit_bytes"], 0)
      assert.strictEqual((yield* cached(1)).metrics["llc_hit_bytes"], 0)
      const large = yield* cached(22, { sample })
      assert.strictEqual(large.perStep.length, steps)
      assert.match(large.warnings.join(), /all of them since the last-level cache may go by earlier ones/)
      const found = (yield* cached(22)).metrics["llc_hit_bytes"]!
      assert.isAbove(found, 0)
      assert.closeTo(large.metrics["llc_hit_bytes"]! / found, 1, 0.1)
    })
)

it("quantiles of Student's t are those of tables", () => {
  const table = [
    [1, 12.706],
    [4, 2.776],
    [10, 2.228],
    [11, 2.201],
    [15, 2.131],
    [30, 2.042],
    [120, 1.98]
  ] as const
  for (const [degrees, value] of table) assert.closeTo(studentQuantile(degrees), value, 6e-4)
})

it("errors follow the formulas: clusters of steps, or of layers without replacement, and never nothing", () => {
  const layersOf = [0, 1].map((index) => ({ index, weight: 4 }))
  const stepsOf = [0, 1, 2].map((index) => ({ index, weight: 10, layers: layersOf }))
  const plan = { steps: stepsOf, warmUp: [], layers: layersOf }
  const of = { layers: 8, steps: 30 }
  // Estimated times of steps are 40, 80 and 120, their mean 80.
  const times = [5, 5, 10, 10, 10, 20]
  const spread = Math.sqrt((3 * (400 ** 2 + 400 ** 2)) / 2)
  assert.closeTo(logError({ ...plan, drawn: "layers of steps" }, of, times, [1, 1, 1]), (4.3027 * spread) / 2400, 1e-9)
  // In steps of 1, 2 and 3 tokens nothing differs: the least error is left.
  assert.closeTo(logError({ ...plan, drawn: "layers of steps" }, of, times, [1, 2, 3]), 0.04 / Math.sqrt(6), 1e-9)
  // Layers are off by -50 and 50 of a sum of 2,400.
  const byLayer = Math.sqrt((64 / 2) * (1 - 2 / 8) * 5000)
  assert.closeTo(logError({ ...plan, drawn: "layers" }, of, times, [1, 2, 3]), (12.7062 * byLayer) / 2400, 1e-9)
})

it.effect("policies that decide by what they are given alone may skip steps", () =>
  Effect.gen(function* () {
    const run = yield* simulate(window, { ...options, sample: { layers: 4, steps: 3 } }).pipe(
      Effect.provide(Allocator.layer(algorithm1)),
      Effect.provide(stages)
    )
    assert.strictEqual(run.perStep.length, 3)
  })
)
