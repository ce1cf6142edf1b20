/** The kit itself, on optimizers that are broken in one way each: every check must catch somebody. */
import { assert, it } from "@effect/vitest"
import { meshFabric } from "@moira/hardware/testing"
import contiguous from "../src/optimizers/contiguous.ts"
import eplb from "../src/optimizers/eplb/index.ts"
import { makePlacement, type Placement } from "@moira/hardware"
import { PlacementError, type PlacementInput, type PlacementPolicy } from "../src/optimizer.ts"
import remap from "../src/optimizers/remap.ts"
import { slotsPerUnitOf } from "../src/input/check-input.ts"
import { optimizerChecks } from "../src/testing/optimizer-checks.ts"
import { Effect } from "effect"

const fabric = meshFabric(4, 1)

/** Names of the checks that a policy fails. */
const failures = (policy: PlacementPolicy): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(
    Effect.forEach(optimizerChecks(policy, fabric), ({ name, run }) =>
      Effect.map(Effect.exit(run), (exit) => (exit._tag === "Failure" ? [name] : []))
    ),
    (names) => names.flat()
  )

const changed = (
  policy: PlacementPolicy,
  change: (placement: Placement, input: PlacementInput) => Placement
): PlacementPolicy => ({
  ...policy,
  place: (input) => Effect.map(policy.place(input), (placement) => change(placement, input))
})

/** `policy` where its input is good by `when`, else the contiguous layout without any check. */
const careless = (policy: PlacementPolicy, when: (input: PlacementInput) => boolean): PlacementPolicy => ({
  ...policy,
  place: (input) => {
    if (when(input)) return policy.place(input)
    const { model, fabric: on, layers } = input
    const unitOf = (e: number) => Math.floor((e * on.units) / model.experts)
    return Effect.sync(() => makePlacement({ units: on.units, experts: model.experts, layers }, (_, e) => [unitOf(e)]))
  }
})

const firstRow = (placement: Placement, edit: (row: Int32Array) => Int32Array): Placement => ({
  ...placement,
  physicalToLogical: placement.physicalToLogical.map((row, l) => (l === 0 ? edit(row) : row))
})

const counted = () => {
  let calls = 0
  return () => calls++
}

const sizes = ({ counts, layers, model }: PlacementInput) =>
  counts === undefined || (counts.length === layers.length && counts.every((row) => row.length === model.experts))
const call = counted()

const broken: ReadonlyArray<readonly [check: RegExp, policy: PlacementPolicy]> = [
  [/places every expert/, changed(contiguous, (placement) => firstRow(placement, (row) => row.with(0, row[1]!)))],
  [
    /places every expert/,
    changed(contiguous, (placement) => ({ ...placement, layers: placement.layers.toReversed() }))
  ],
  [
    /deterministic/,
    changed(contiguous, (placement) => firstRow(placement, (row) => (call() % 2 === 0 ? row.toReversed() : row)))
  ],
  [
    /leaves its input alone/,
    changed(remap, (placement, input) => {
      ;(input.counts![0] as Uint32Array).fill(7)
      return placement
    })
  ],
  [
    /places a layer without counts/,
    {
      ...remap,
      place: (input) =>
        input.counts?.some((row) => Array.from(row).every((count) => count === 0)) === true
          ? Effect.fail(new PlacementError({ reason: "Unsuitable", where: "here", what: "no counts", hint: "none" }))
          : remap.place(input)
    }
  ],
  [
    /without statistics/,
    { ...remap, place: (input) => (input.counts === undefined ? Effect.die("no") : remap.place(input)) }
  ],
  [/memory has no room/, careless(contiguous, (input) => input.expertBytes < 1e12)],
  [/fewer experts/, careless(remap, sizes)],
  [/more experts$/, careless(remap, sizes)],
  [/layer missing/, careless(remap, sizes)],
  [/not numbers/, careless(remap, ({ counts }) => counts === undefined || !Number.isNaN(counts[0]?.[0]))],
  [/negative counts/, careless(remap, ({ counts }) => !(counts ?? []).some((row) => row[0]! < 0))],
  [/do not divide by the units/, careless(remap, ({ spareSlots }) => Number.isInteger(spareSlots))],
  [/fewer slots than none/, careless(remap, ({ spareSlots }) => spareSlots >= 0)],
  [/refuses no layer/, careless(remap, ({ layers }) => layers.length > 0)],
  [/does not exist/, careless(remap, ({ deadUnits = [] }) => !deadUnits.includes(fabric.units))],
  [/no living unit/, careless(remap, ({ deadUnits = [] }) => deadUnits.length < fabric.units)],
  [/more experts than slots/, careless(remap, ({ deadUnits = [] }) => deadUnits.length < 2)],
  [/refuses dead units, which/, { ...careless(eplb, ({ deadUnits = [] }) => deadUnits.length !== 1) }],
  [
    /refuses no living unit/,
    {
      ...remap,
      place: (input) =>
        input.deadUnits?.length === fabric.units
          ? Effect.fail(new PlacementError({ reason: "Unsuitable", where: "here", what: "two\nlines", hint: "none" }))
          : remap.place(input)
    }
  ],
  [/\[distinctCopies\] holds/, { ...eplb, claims: { fillsSlots: true, distinctCopies: true } }],
  [/\[distinctCopies\] is not claimed/, { ...remap, claims: { avoidsDeadUnits: true } }],
  [/\[fillsSlots\] holds/, { ...remap, claims: { distinctCopies: true, avoidsDeadUnits: true, fillsSlots: true } }],
  [/\[fillsSlots\] is not claimed/, { ...eplb, claims: {} }],
  [/\[keepsBudget\] holds/, { ...remap, claims: { distinctCopies: true, avoidsDeadUnits: true, keepsBudget: true } }],
  [
    /\[keepsBudget\] is not claimed/,
    { ...remap, place: (input) => (input.present === undefined ? remap.place(input) : Effect.succeed(input.present)) }
  ],
  [/\[avoidsDeadUnits\] holds/, careless(remap, ({ deadUnits = [] }) => deadUnits.length !== 1)],
  [/\[avoidsDeadUnits\] is not claimed/, { ...remap, claims: { distinctCopies: true } }]
]

for (const [index, [check, policy]] of broken.entries())
  it.effect(`catches broken optimizer ${index}: ${check.source}`, () =>
    Effect.map(failures(policy), (names) =>
      assert.isTrue(
        names.some((name) => check.test(name)),
        `failed only ${names.join("; ")}`
      )
    )
  )

it.effect("every check catches somebody", () =>
  Effect.gen(function* () {
    const caught = new Set((yield* Effect.forEach(broken, ([, policy]) => failures(policy))).flat())
    const all = [...optimizerChecks(remap, fabric), ...optimizerChecks(eplb, fabric)].map(({ name }) => name)
    assert.deepStrictEqual(
      all.filter((name) => !caught.has(name)),
      []
    )
  })
)

it.effect("finds nothing wrong with what keeps the contract, copies in every slot included", () =>
  Effect.gen(function* () {
    /** Each unit in turn takes the next expert that it lacks: keeps claims that no simple optimizer of ours keeps. */
    const rotating: PlacementPolicy = {
      ...remap,
      claims: { distinctCopies: true, fillsSlots: true },
      place: (input) =>
        (input.deadUnits ?? []).length > 0
          ? eplb.place(input)
          : Effect.map(contiguous.place(input), (placement) => {
              const { units, experts } = placement
              const perUnit = slotsPerUnitOf(input)
              const row = () => Int32Array.from({ length: units * perUnit }, (_, s) => s % experts)
              return { ...placement, slotsPerUnit: perUnit, physicalToLogical: placement.layers.map(row) }
            })
    }
    assert.deepStrictEqual(yield* failures(rotating), [])
    assert.deepStrictEqual(yield* failures(remap), [])
    assert.deepStrictEqual(yield* failures(eplb), [])
  })
)
