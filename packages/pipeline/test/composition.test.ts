/** One pipeline over services: every stage by value or by name, the same figures as the comparison by names. */
import { Allocator, Residency } from "@moira/allocation"
import { inlineRunner } from "@moira/core"
import { nodePluginsFrom } from "@moira/core/node"
import { Hardware, Network } from "@moira/hardware"
import { PlacementOptimizer } from "@moira/placement"
import contiguous from "@moira/placement/optimizers/contiguous"
import { AnalysisDocument } from "@moira/results"
import type { Analysis } from "@moira/trace"
import { checked, tinyTrace } from "@moira/trace/testing"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { analyse, simulate, spatial, sweep, temporal } from "../src/index.ts"

const plugins = nodePluginsFrom({ app: import.meta.url })
const sizes = { batch: 32, steps: 3 }

it.effect("a run on stages that are provided is the run of the strategy that names them", () =>
  Effect.gen(function* () {
    const run = (residency: string, allocator: string) =>
      simulate({ ...sizes, strategy: "it" }).pipe(
        Effect.provide([
          Hardware.machine("dojo"),
          Network.named("flow"),
          PlacementOptimizer.layer(contiguous),
          Allocator.named(allocator),
          Residency.named(residency)
        ])
      )
    const compared = yield* sweep({
      machines: ["dojo"],
      network: "flow",
      strategies: ["base", "moira"],
      placements: ["contiguous"],
      batches: [sizes.batch],
      steps: sizes.steps,
      tokenTraffic: "modelled",
      seed: 1
    })
    const [base, moira] = compared.runs
    for (const { strategy, metrics, ...named } of [base!, moira!]) {
      const { runs, plugins: used, ...document } = yield* run(strategy.residency, strategy.allocator)
      const { runs: _, plugins: all, baseline, ...other } = compared
      assert.strictEqual(baseline, "ep")
      assert.deepStrictEqual(document, other)
      assert.deepStrictEqual(
        used,
        all.filter(({ name }) => ["wafer", "flow", "contiguous", strategy.residency, strategy.allocator].includes(name))
      )
      const { strategy: by, metrics: found, ...given } = runs[0]!
      assert.deepStrictEqual(given, named)
      assert.deepStrictEqual(by, { ...strategy, name: "it" })
      const { speedup: _speedup, speedup_over_base: _base, hop_reduction: _hops, ...absolute } = metrics
      assert.deepStrictEqual(found, absolute)
    }
  }).pipe(Effect.provide([tinyTrace(12, 4), inlineRunner, plugins]))
)

const counts: Analysis<{ readonly layers: number }, { layers: number }> = {
  contract: "analysis/v1",
  id: "temporal",
  kind: { schema: "own-counts/1" },
  accumulator: () => ({
    id: "own",
    empty: () => ({ layers: 0 }),
    add: (state) => void state.layers++,
    merge: (into, from) => void (into.layers += from.layers),
    finish: (state) => state
  })
}

it.effect("an analysis has the part that its kind and id name, others are documents of their own", () =>
  Effect.gen(function* () {
    const options = { heldOutShare: 0.5, seed: 3 }
    const [both] = yield* analyse({ ...options, analyses: [spatial, temporal] })
    const [mixed, own, ...none] = yield* analyse({ ...options, analyses: [counts, temporal] })
    assert.deepStrictEqual(none, [])
    assert.deepStrictEqual(mixed, { ...both, spatial: null }, "an id alone does not make a part")
    assert.deepStrictEqual([own!.schema, own!.seed, own!.input], ["own-counts/1", 3, both.input])
    const instead = { ...counts, kind: temporal.kind }
    const [swapped, ...others] = yield* analyse({ ...options, analyses: [instead] })
    assert.deepStrictEqual([swapped.temporal as unknown, others], [own!.result, []])
    checked(AnalysisDocument, both)
  }).pipe(Effect.provide([tinyTrace(12, 4), inlineRunner]))
)
