import { builtinPlugins } from "@moira/core/testing"
import { Effect, Exit } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { type Strategy, strategyKind } from "../src/strategy.ts"
import { strategyChecks, strategyConformance } from "../src/testing/strategy-checks.ts"

const strategies = await Effect.runPromise(builtinPlugins(strategyKind))

for (const { plugin, module } of strategies) strategyConformance(plugin, module)

describe("the kit of strategies", () => {
  const [sound] = strategies
  const broken: ReadonlyArray<readonly [what: string, fields: object]> = [
    ["another contract", { contract: "strategy/v0" }],
    ["no title", { title: "" }],
    ["a function among the data", { residency: () => "fixed" }],
    ["a placement that there is not", { placement: "nowhere" }],
    ["an allocator that there is not", { allocator: "./nobody.ts" }],
    ["a residency that there is not", { residency: "nothing" }]
  ]

  it.effect.each(broken)("refuses a strategy with %s", ([, fields]) =>
    Effect.gen(function* () {
      const strategy = { ...sound!.plugin, ...fields } as Strategy
      const exits = yield* Effect.forEach(strategyChecks(strategy, sound!.module), ({ run }) => Effect.exit(run))
      assert.isTrue(exits.some(Exit.isFailure))
    })
  )
})
