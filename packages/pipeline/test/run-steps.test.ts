/** Judging over threads: the same runs for any number of them, failures in their own words, and how many steps judge. */
import { assert, it } from "@effect/vitest"
import { inlineRunner, random } from "@moira/core"
import { nodePluginsFrom, threadRunner } from "@moira/core/node"
import { type Placement } from "@moira/hardware"
import { modelOf } from "@moira/trace/testing"
import { Effect } from "effect"
import { sizedMachine } from "../src/index.ts"
import { drawnSteps } from "../src/place/drawn-steps.ts"
import type { Redraw } from "../src/place/redraw.ts"
import { runDraws } from "../src/place/run-draws.ts"
import { runSteps } from "../src/place/run-steps.ts"
import type { StepJob } from "../src/place/step-task.ts"
import { fittingSteps, usualSteps } from "../src/place/step-times.ts"

const shape = { layers: 3, experts: 30, topK: 3 }
const model = { ...modelOf(shape), hidden: 4096, expertFfn: 1024 }
const layers = [0, 1, 2]
const machine = sizedMachine({ machine: "dojo" }).pipe(Effect.provide(nodePluginsFrom({ app: import.meta.url })))

/** Experts dealt to 25 dies of two slots in a drawn order. */
const drawn = (seed: number): Placement => {
  const { below } = random(seed)
  const physicalToLogical = layers.map(() => {
    const slots = new Int32Array(50).fill(-1)
    for (let e = 0; e < shape.experts; e++) {
      let slot = below(50)
      while (slots[slot]! >= 0) slot = (slot + 1) % 50
      slots[slot] = e
    }
    return slots
  })
  return { units: 25, slotsPerUnit: 2, experts: shape.experts, layers, physicalToLogical }
}

const counts = layers.map((l) => Float64Array.from({ length: shape.experts }, (_, e) => 1 + ((e * 7 + l) % 11)))
const window = drawnSteps({ model, layers, counts, tokens: 2000, steps: 3, seed: 1 })
const jobs = [1, 2, 3].flatMap((seed) =>
  (["modelled", "ignored"] as const).map((tokenTraffic): StepJob => ({ layout: drawn(seed), tokenTraffic }))
)

it.live(
  "any number of threads gives the runs of none, in the order of the jobs",
  () =>
    Effect.gen(function* () {
      const { hardware, named } = yield* machine
      const setting = { hardware, named, batchTokens: 2000, steps: 3 }
      const plain = yield* runSteps(window, jobs, setting)
      assert.strictEqual(new Set(plain.map(({ layerTimePs }) => layerTimePs)).size, 3, "one time a layout")
      assert.strictEqual(new Set(plain.map(({ metrics }) => JSON.stringify(metrics))).size, jobs.length)
      for (const runner of [inlineRunner, threadRunner(1), threadRunner(2)])
        assert.deepStrictEqual(yield* runSteps(window, jobs, setting, 0).pipe(Effect.provide(runner)), plain)
    }),
  60_000
)

it.live(
  "any number of threads draws the windows of none, by requests and by recorded steps",
  () =>
    Effect.gen(function* () {
      const { hardware, named } = yield* machine
      const layouts = [drawn(1), drawn(2)]
      const of = Uint32Array.from({ length: window.requests }, (_, r) => r % 9)
      const groups = Array.from({ length: 9 }, (_, g) =>
        counts.map((row) => row.map((n, e) => n * (1 + ((e + g) % 3))))
      )
      const ways: ReadonlyArray<Redraw> = [
        { from: "requests", window, groups: { of, count: 9 }, batchTokens: 2000, seed: 4 },
        { from: "steps", groups, model, layers, batchTokens: 2000, seed: 4 }
      ]
      for (const again of ways) {
        const plain = yield* runDraws(again, 5, layouts, { hardware, named })
        assert.strictEqual(new Set(plain.flat()).size, 10, "every draw is another, under every layout")
        for (const runner of [inlineRunner, threadRunner(1), threadRunner(2)])
          assert.deepStrictEqual(
            yield* runDraws(again, 5, layouts, { hardware, named }, 0).pipe(Effect.provide(runner)),
            plain
          )
      }
    }),
  60_000
)

it.live(
  "a layout that no run takes is refused over threads as it is in this one",
  () =>
    Effect.gen(function* () {
      const { hardware, named } = yield* machine
      const setting = { hardware, named, batchTokens: 2000, steps: 3 }
      const lost = { ...jobs[0]!, layout: { ...drawn(1), experts: 31 } }
      const plain = yield* Effect.flip(runSteps(window, [jobs[0]!, lost], setting))
      const away = yield* Effect.flip(
        runSteps(window, [jobs[0]!, lost], setting, 0).pipe(Effect.provide(threadRunner(2)))
      )
      assert.include(plain.message, "experts 31")
      assert.include(away.message, "experts 31")
    }),
  60_000
)

it("as many steps judge as ever on machines of some hundred units, and fewer on those of a thousand", () => {
  assert.strictEqual(fittingSteps(64, 58), usualSteps)
  assert.strictEqual(fittingSteps(256, 58), usualSteps)
  assert.isBelow(fittingSteps(1024, 58), usualSteps / 2)
  assert.isAtLeast(fittingSteps(4096, 58), 2)
})
