/** Policies that ignore capacity, or read more of the heatmap than others: what they get, and what a run says. */
import { assert, it } from "@effect/vitest"
import { Residency, type ResidencyPolicy } from "@moira/allocation"
import predicted from "@moira/allocation/residencies/predicted"
import unlimited from "@moira/allocation/residencies/predicted-unlimited"
import { inlineRunner } from "@moira/core"
import { nodePlugins } from "@moira/core/node"
import { TraceStore } from "@moira/trace"
import { Effect, Layer } from "effect"
import { runPoints } from "../src/run/run-points.ts"
import { simulate } from "../src/run/simulate.ts"
import { allowedCopies } from "../src/step/residency-needs.ts"
import { candidatesFor, loadKnowledge } from "../src/window/knowledge.ts"
import { loadWindow } from "../src/window/window.ts"
import { stages, traceLayer } from "./scene.ts"

const warningsWith = (policy: ResidencyPolicy, candidates?: number) =>
  Effect.gen(function* () {
    const decode = yield* loadWindow({ requests: 8, steps: 2 })
    const knowledge = yield* loadKnowledge({ requests: 8, ...(candidates === undefined ? {} : { candidates }) })
    const run = yield* simulate({ ...decode, knowledge }, { batch: 8, steps: 2 }).pipe(
      Effect.provide(Layer.merge(stages, Residency.layer(policy)))
    )
    return run.warnings.filter((warning) => warning.startsWith("residency"))
  }).pipe(Effect.provide(traceLayer(8, 1)))

it("room for all experts goes to a policy that ignores capacity, what fits to all others", () => {
  const fit = Uint32Array.of(0, 3)
  assert.strictEqual(allowedCopies(predicted, fit, 8), fit)
  assert.deepStrictEqual([...allowedCopies(unlimited, fit, 8)], [8, 8])
})

it("the heatmap is loaded as far as any policy of a sweep reads it", () => {
  assert.deepStrictEqual(
    [candidatesFor([]), candidatesFor([predicted]), candidatesFor([predicted, unlimited])],
    [16, 16, 64]
  )
})

it.effect("a run warns of ignored capacity, and of rows that were loaded too short", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* warningsWith(predicted), [])
    const [ignored, short, ...more] = yield* warningsWith(unlimited)
    assert.match(
      ignored!,
      /^residency predicted-unlimited ignores capacity: .* \d+ a layer and unit fit; no such machine/
    )
    assert.match(short!, /reads 64 candidates .* 16 were loaded: give loadKnowledge/)
    assert.deepStrictEqual(more, [])
    assert.strictEqual((yield* warningsWith(unlimited, 64)).length, 1)
  })
)

const beside = (entry: string, file: string) => ({
  reference: { kind: "any", name: file },
  module: new URL(file, import.meta.resolve(entry)).href
})

it.live("points load what their policies read: only capacity is warned of", () =>
  Effect.gen(function* () {
    const { contentSha256 } = (yield* TraceStore).manifest
    const [run] = yield* runPoints([
      {
        trace: { contentSha256 },
        backend: beside("@moira/hardware", "testing/ring.ts"),
        machine: "ring-8",
        network: beside("@moira/hardware", "networks/bottleneck.ts"),
        optimizer: beside("@moira/placement", "optimizers/contiguous.ts"),
        allocator: beside("@moira/allocation", "allocators/even.ts"),
        residency: beside("@moira/allocation", "residencies/predicted-unlimited.ts"),
        batch: 8,
        steps: 2
      }
    ])
    const warnings = run!.warnings.filter((warning) => warning.startsWith("residency"))
    assert.deepStrictEqual(
      warnings.map((warning) => /ignores capacity/.test(warning)),
      [true]
    )
  }).pipe(Effect.provide([traceLayer(8, 1), nodePlugins, inlineRunner]))
)
