import { assert, it } from "@effect/vitest"
import { conformance } from "@moira/hardware/testing"
import { Effect } from "effect"
import { variants } from "../src/main.ts"
import { ringOfDies } from "../src/ring-of-dies.ts"

it.live("each swap changes the stage it names, and the result", () =>
  Effect.gen(function* () {
    const runs = yield* variants
    const { "the study's Base on Dojo": base, ...swapped } = runs
    assert.deepStrictEqual(
      Object.values(swapped).map(({ machine, network, strategy }) => [machine.name, network, strategy.allocator]),
      [
        ["dojo", "ideal", "even"],
        ["dojo", "bottleneck", "algorithm-1"],
        ["tsmc-sow", "bottleneck", "even"],
        ["ring-24", "bottleneck", "even"]
      ]
    )
    for (const run of Object.values(swapped)) assert.notStrictEqual(run.metrics["time_ps"], base.metrics["time_ps"])
  })
)

conformance(ringOfDies, {
  specs: [{ dies: 3, linkBytesPerSec: 1 }],
  refused: [{ dies: 2, linkBytesPerSec: 1 }],
  calibration: {
    published: [{ machine: "ring-24", quantity: "longestRouteHops", value: 12, tolerance: 0, source: "half of 24" }]
  }
})
