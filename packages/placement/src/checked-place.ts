/** What an optimizer gives back is looked at once: every expert of every layer in slots that the input allows. */
import {
  asking,
  type Called,
  fingerprint,
  frozen,
  numberOf,
  type PluginFault,
  pluginFault,
  shown,
  threw,
  type WrongAnswer
} from "@moira/core"
import { fabricPrint, type Placement, placementFault } from "@moira/hardware"
import { Effect } from "effect"
import { slotsPerUnitOf } from "./input/check-input.ts"
import { isPlacement, ownPlacement } from "./own-placement.ts"
import { PlacementError, type PlacementInput, type PlacementPolicy } from "./optimizer.ts"

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
  groups = [],
  coActivation = [],
  transitions = [],
  workloads = [],
  present,
  deadUnits = [],
  layers
}: PlacementInput) =>
  [
    ...[counts, judgedOn, ...groups, coActivation, transitions, ...workloads.map((task) => task.counts)].flat(),
    ...(present?.physicalToLogical ?? []),
    deadUnits,
    layers
  ].reduce<number>((sum, row, i) => sum + (i + 1) * fingerprint(row), 0)

/** A copy of a list, or the value itself; what a list holds is looked at by its print. */
const ownList = (value: unknown): unknown => (Array.isArray(value) ? Object.freeze([...value]) : value)

/** An input of an optimizer's own: whoever writes to it, other than into an array of numbers, throws. */
const ownInput = (input: PlacementInput): PlacementInput =>
  Object.freeze({
    ...(Object.fromEntries(
      Object.entries(input).map(([name, value]) => [name, ownList(value)])
    ) as unknown as PlacementInput),
    model: frozen(structuredClone(input.model)),
    fabric: Object.freeze({ ...input.fabric })
  })

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
    const isOutside = numberOf(called) !== 0
    const printOf = () => inputPrint(input) + (isOutside ? fabricPrint(input.fabric) : 0)
    const before = printOf()
    const placing = () => place(isOutside ? ownInput(input) : input)
    return asking(called, title, placing, (error) => error instanceof PlacementError).pipe(
      Effect.flatMap((placement) => {
        if (printOf() !== before)
          return fail({ reason: "ChangedInput", what: "writes to its statistics, or to the machine" })
        const wrong = answerFault(placement, input)
        return wrong === undefined ? Effect.succeed(isOutside ? ownPlacement(placement) : placement) : fail(wrong)
      }),
      // A placement may throw where it is only looked at.
      Effect.catchDefect((defect) => Effect.fail(threw(called, title, defect)))
    )
  })
}
