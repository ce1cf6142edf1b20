/** What every placement optimizer must do, and what it may claim, as named checks. */
import { assert } from "@effect/vitest"
import { type Fabric, type Placement, placementFault } from "@moira/hardware"
import type { Check } from "@moira/core/testing"
import { Effect } from "effect"
import type { LayerwisePlacement, PlacementClaims, PlacementInput, PlacementPolicy } from "../optimizer.ts"
import { badInputs, changedSlots, deadScene, presentOf, scene, spareChoices } from "./optimizer-scenes.ts"

/** That a placement places everything, in the slots that its input allows. */
const valid = (input: PlacementInput, placement: Placement): void => {
  const { fabric, model, layers, spareSlots } = input
  assert.isUndefined(placementFault(placement))
  assert.deepStrictEqual(placement.layers, layers)
  assert.strictEqual(placement.units, fabric.units)
  assert.isAtMost(placement.slotsPerUnit, Math.ceil(model.experts / fabric.units) + spareSlots)
}

const unitsSlots = ({ physicalToLogical, units, slotsPerUnit }: Placement) =>
  physicalToLogical.flatMap((slots) =>
    Array.from({ length: units }, (_, u) => slots.subarray(u * slotsPerUnit, (u + 1) * slotsPerUnit))
  )

const distinct = (placement: Placement): void => {
  for (const slots of unitsSlots(placement)) {
    const held = slots.filter((expert) => expert >= 0)
    assert.strictEqual(new Set(held).size, held.length, `one unit holds ${held.join(" ")}`)
  }
}

const filled = (placement: Placement, { fabric, model, spareSlots }: PlacementInput): void => {
  assert.strictEqual(placement.slotsPerUnit, Math.ceil(model.experts / fabric.units) + spareSlots)
  for (const slots of placement.physicalToLogical) assert.notInclude([...slots], -1, "an empty slot")
}

/** Checks of an optimizer on one machine of two units and more. */
export const optimizerChecks = (policy: PlacementPolicy, fabric: Fabric): ReadonlyArray<Check> => {
  const place = policy.place
  const scenes = spareChoices(fabric).flatMap((spareSlots) =>
    (["drawn", "skewed", "even"] as const).map((load) => scene(fabric, { spareSlots, load, seed: spareSlots + 1 }))
  )
  // Placed once for the checks of all claims: some optimizers take their time.
  const placed = Effect.runSync(
    Effect.cached(Effect.forEach(scenes, (input) => Effect.map(place(input), (result) => ({ input, result }))))
  )
  const dead = [deadScene(fabric, 0), deadScene(fabric, fabric.units - 1)]
  const budgets = [0, 1, 3].map((migrationSlots) => {
    const input = scene(fabric, { spareSlots: spareChoices(fabric).at(-1)!, seed: 9 })
    return { ...input, present: presentOf(input), migrationSlots }
  })

  const claims: Record<keyof PlacementClaims, Effect.Effect<void, unknown>> = {
    distinctCopies: Effect.map(placed, (all) => all.forEach(({ result }) => distinct(result))),
    fillsSlots: Effect.map(placed, (all) => all.forEach(({ input, result }) => filled(result, input))),
    keepsBudget: Effect.forEach(
      budgets,
      (input) =>
        Effect.map(place(input), (result) => {
          valid(input, result)
          assert.isAtMost(changedSlots(input.present, result), input.migrationSlots)
        }),
      { discard: true }
    ),
    avoidsDeadUnits: Effect.forEach(
      dead,
      (input) =>
        Effect.map(place(input), (result) => {
          valid(input, result)
          const [unit, slots] = [input.deadUnits![0]!, result.slotsPerUnit]
          for (const row of result.physicalToLogical)
            assert.isTrue(
              row.subarray(unit * slots, (unit + 1) * slots).every((expert) => expert === -1),
              `dead unit ${unit} holds ${row.join(" ")}`
            )
        }),
      { discard: true }
    )
  }
  const claim = (name: keyof PlacementClaims): Check =>
    policy.claims?.[name] === true
      ? { name: `[${name}] holds as claimed`, run: claims[name] }
      : {
          name: `[${name}] is not claimed and does not hold`,
          run: Effect.map(Effect.exit(claims[name]), (exit) =>
            assert.strictEqual(exit._tag, "Failure", `${name} holds: claim it`)
          )
        }
  const refuses = (input: PlacementInput, wrong: string) =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(place(input))
      assert.strictEqual(exit._tag, "Failure", `${wrong}: placed all the same`)
      const error = yield* Effect.flip(place(input))
      assert.strictEqual(error._tag, "PlacementError", wrong)
      assert.match(error.message, /^[^\n]+; hint: [^\n]+$/, wrong)
    })

  return [
    {
      name: "places every expert of every layer",
      run: Effect.map(placed, (all) => all.forEach(({ input, result }) => valid(input, result)))
    },
    {
      name: "is deterministic",
      run: Effect.gen(function* () {
        const [{ input, result }] = (yield* placed).slice(-3) as [{ input: PlacementInput; result: Placement }]
        assert.deepStrictEqual(yield* place(input), result)
      })
    },
    ...(policy.layerwise === undefined ? [] : [layerByLayer(policy, policy.layerwise, scenes.at(-1)!)]),
    {
      name: "leaves its input alone",
      run: Effect.gen(function* () {
        const input = scene(fabric, { spareSlots: spareChoices(fabric).at(-1)! })
        const before = statistics(input)
        yield* place(input)
        assert.deepStrictEqual(statistics(input), before)
      })
    },
    {
      name: "places a layer without counts",
      run: Effect.gen(function* () {
        const input = scene(fabric)
        const empty = (rows: ReadonlyArray<ArrayLike<number>>) =>
          rows.map((row, l) => (l === 0 ? Array.from(row, () => 0) : row))
        const workloads = input.workloads!.map(({ name, counts }) => ({ name, counts: empty(counts) }))
        const without = { ...input, counts: empty(input.counts!), judgedOn: empty(input.judgedOn!), workloads }
        valid(without, yield* place(without))
      })
    },
    {
      name: "places without statistics or says that it needs them",
      run: Effect.gen(function* () {
        const { model, layers, expertBytes, spareSlots } = scene(fabric)
        const bare = { model, layers, fabric, expertBytes, spareSlots }
        const exit = yield* Effect.exit(place(bare))
        if (exit._tag === "Success") return valid(bare, exit.value)
        const error = yield* Effect.flip(place(bare))
        assert.strictEqual(error._tag, "PlacementError")
        assert.strictEqual(error.reason, "NeedsCounts")
        assert.match(error.message, /^[^\n]+; hint: [^\n]+$/)
      })
    },
    ...badInputs(fabric).map(([wrong, input]) => ({ name: `refuses ${wrong}`, run: refuses(input, wrong) })),
    ...(policy.claims?.avoidsDeadUnits === true
      ? []
      : [{ name: "refuses dead units, which it does not avoid", run: refuses(dead[0]!, "a dead unit") }]),
    claim("distinctCopies"),
    claim("fillsSlots"),
    claim("keepsBudget"),
    claim("avoidsDeadUnits")
  ]
}

/** Layers one by one, the last one first, and joined are what is placed at once. */
const layerByLayer = (
  { place }: PlacementPolicy,
  { check, rows, join }: LayerwisePlacement,
  input: PlacementInput
): Check => ({
  name: "places layers by themselves as it places all of them",
  run: Effect.gen(function* () {
    yield* check(input)
    const last = input.layers.length - 1
    const apart = input.layers.map((_, i) => rows(input, { from: last - i, to: last - i + 1 })).toReversed()
    assert.deepStrictEqual(yield* join(input, apart.flat()), yield* place(input))
  })
})

/** A deep copy of all that an optimizer might write to. */
const statistics = ({ counts, judgedOn, coActivation, transitions, workloads, layers }: PlacementInput) =>
  structuredClone({ counts, judgedOn, coActivation, transitions, workloads, layers })
