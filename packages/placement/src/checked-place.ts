/** What an optimizer gives back is looked at once: every expert of every layer in slots that the input allows. */
import { type Called, fingerprint, PluginFault, pluginFault, shown, threw, type WrongAnswer } from "@moira/core"
import { type Placement, placementFault } from "@moira/hardware"
import { Cause, Effect } from "effect"
import { slotsPerUnitOf } from "./input/check-input.ts"
import { PlacementError, type PlacementInput, type PlacementPolicy } from "./optimizer.ts"

const isPlacement = (value: unknown): value is Placement => {
  if (typeof value !== "object" || value === null) return false
  const { layers, physicalToLogical, ...of } = value as Partial<Placement>
  return (
    [of.units, of.slotsPerUnit, of.experts].every((n) => Number.isInteger(n)) &&
    Array.isArray(layers) &&
    Array.isArray(physicalToLogical) &&
    physicalToLogical.every((slots) => slots instanceof Int32Array)
  )
}

/** A number of the placement that is not the input's; nothing where all are. */
const shapeFault = (placement: Placement, input: PlacementInput): string | undefined => {
  const { units, experts, layers, slotsPerUnit } = placement
  const most = slotsPerUnitOf(input)
  if (units !== input.fabric.units) return `units ${units}: the machine has ${input.fabric.units}`
  if (experts !== input.model.experts) return `experts ${experts}: the model has ${input.model.experts}`
  if (layers.join() !== input.layers.join()) return `layers ${layers.join()}: the trace has ${input.layers.join()}`
  return slotsPerUnit > most ? `fills ${slotsPerUnit} slots a unit, ${most} are allowed` : undefined
}

const deadFault = ({ physicalToLogical, slotsPerUnit, layers }: Placement, dead: ReadonlyArray<number>) => {
  for (const [l, slots] of physicalToLogical.entries()) {
    for (const u of dead) {
      const held = slots.subarray(u * slotsPerUnit, (u + 1) * slotsPerUnit).find((expert) => expert >= 0)
      if (held !== undefined) return `layer ${layers[l]} puts expert ${held} on unit ${u}, which is dead`
    }
  }
  return undefined
}

/** Why a value is no placement of `input`, or undefined. */
const answerFault = (placement: unknown, input: PlacementInput): WrongAnswer | undefined => {
  if (!isPlacement(placement)) return { reason: "WrongShape", what: `gives ${shown(placement)}, not a placement` }
  const shape = shapeFault(placement, input)
  if (shape !== undefined) return { reason: "WrongShape", what: shape }
  const what = placementFault(placement) ?? deadFault(placement, input.deadUnits ?? [])
  return what === undefined ? undefined : { reason: "OutOfRange", what }
}

/** All statistics of an input as one number. */
const inputPrint = ({
  counts = [],
  judgedOn = [],
  coActivation = [],
  transitions = [],
  workloads = []
}: PlacementInput) =>
  [...counts, ...judgedOn, ...coActivation, ...transitions, ...workloads.flatMap((task) => task.counts)].reduce(
    (sum, row, i) => sum + (i + 1) * fingerprint(row),
    0
  )

/**
 * Places by `policy`, or as `place` has it do so. Fails with its own `PlacementError` where it refuses, and with `PluginFault` where it throws, gives
 * something else than a placement of this input, or writes to its input.
 */
export const placeChecked = (
  policy: PlacementPolicy,
  input: PlacementInput,
  place: PlacementPolicy["place"] = (given) => policy.place(given)
): Effect.Effect<Placement, PlacementError | PluginFault> => {
  const { title } = input.model
  const called: Called = {
    kind: "placement optimizer",
    plugin: policy,
    kit: "optimizerConformance of @moira/placement/testing"
  }
  const fail = (wrong: WrongAnswer) => Effect.fail(pluginFault(called, title, wrong))
  return Effect.suspend((): Effect.Effect<Placement, PlacementError | PluginFault> => {
    const before = inputPrint(input)
    const placing: unknown = place(input)
    if (!Effect.isEffect(placing)) return fail({ reason: "WrongShape", what: `gives ${shown(placing)}, not an effect` })
    return (placing as ReturnType<PlacementPolicy["place"]>).pipe(
      Effect.flatMap((placement) => {
        if (inputPrint(input) !== before) return fail({ reason: "ChangedInput", what: "writes to its statistics" })
        const wrong = answerFault(placement, input)
        return wrong === undefined ? Effect.succeed(placement) : fail(wrong)
      })
    )
  }).pipe(
    Effect.catchCause((cause) => {
      const error = Cause.squash(cause)
      const known = error instanceof PlacementError || error instanceof PluginFault
      return known || Cause.hasInterrupts(cause) ? Effect.failCause(cause) : Effect.fail(threw(called, title, error))
    })
  )
}
