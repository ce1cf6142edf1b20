/** Every built-in reproduction, by the kit; and the kit, by reproductions that are wrong. */
import { assert, it } from "@effect/vitest"
import { builtinPlugins } from "@moira/core/testing"
import { Effect } from "effect"
import type { ReproducedRow } from "../src/document.ts"
import { type Reproduction, reproductionKind } from "../src/reproduction.ts"
import { reproductionChecks, reproductionConformance } from "../src/testing/reproduction-checks.ts"

for (const { name, plugin } of await Effect.runPromise(builtinPlugins(reproductionKind)))
  reproductionConformance(name, plugin)

const row: ReproducedRow = {
  model: "Dojo",
  what: "dies",
  unit: "count",
  published: { value: 25 },
  twin: null,
  real: null,
  ours: 25
}
const giving = (rows: () => ReadonlyArray<ReproducedRow>): Reproduction => ({
  contract: "reproduction/v1",
  title: "Table",
  claim: "It is so.",
  figures: [],
  needsTraces: false,
  run: () => Effect.sync(() => ({ rows: rows(), documents: [], notes: [] }))
})
const right = giving(() => [row])

let runs = 0
const wrong: ReadonlyArray<readonly [name: string, plugin: Reproduction, check: string]> = [
  ["has another contract", { ...right, contract: "reproduction/v2" as "reproduction/v1" }, "says its contract"],
  ["claims nothing", { ...right, claim: "" }, "says its contract"],
  ["draws what no report has", { ...right, figures: ["nowhere"] }, "draws figures"],
  ["compares nothing", giving(() => []), "compares rows"],
  ["gives a number that is none", giving(() => [{ ...row, ours: Number.NaN }]), "compares rows"],
  ["measures nothing without a reason", giving(() => [{ ...row, ours: null }]), "compares rows"],
  ["names two rows alike", giving(() => [row, row]), "compares rows"],
  ["gives other rows when run again", giving(() => [{ ...row, ours: runs++ }]), "compares rows"]
]

const failing = (plugin: Reproduction) =>
  Effect.map(
    Effect.forEach(reproductionChecks(plugin), ({ name, run }) =>
      Effect.map(Effect.exit(run), ({ _tag }) => ({ name, _tag }))
    ),
    (all) => all.filter(({ _tag }) => _tag === "Failure").map(({ name }) => name)
  )

it.effect("the kit finds nothing wrong with a reproduction that is right", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* failing(right), [])
    assert.deepStrictEqual(yield* failing(giving(() => [{ ...row, ours: null, why: "not built" }])), [])
  })
)

it.effect.each(wrong)("the kit finds a reproduction that %s", ([, plugin, check]) =>
  Effect.gen(function* () {
    const failed = yield* failing(plugin)
    assert.isTrue(
      failed.some((name) => name.startsWith(check)),
      failed.join("; ")
    )
  })
)
