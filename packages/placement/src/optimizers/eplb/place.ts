/** EPLB as a placement policy: the input in the reference's terms. */
import { Effect } from "effect"
import { checkInput, slotsPerUnitOf } from "../../input/check-input.ts"
import { placing } from "../../input/placing.ts"
import { countsOrEven } from "../../input/layer-counts.ts"
import { PlacementError, type PlacementInput } from "../../optimizer.ts"
import type { Placement } from "@moira/hardware"
import { eplbFault, type EplbShape, globalShape, isHierarchical, makeRebalance } from "./rebalance.ts"

/** Whether servers own equal runs of units, as the reference takes for granted. */
const serversInOrder = ({ fabric }: PlacementInput): boolean => {
  const perServer = fabric.units / fabric.servers
  return fabric.serverOf.every((server, unit) => server === Math.floor(unit / perServer))
}

/** What the reference would be called with. */
export const eplbShape = (input: PlacementInput): EplbShape => {
  const { model, fabric } = input
  const shape = {
    experts: model.experts,
    replicas: fabric.units * slotsPerUnitOf(input),
    groups: model.routing?.groups ?? 1,
    nodes: fabric.servers,
    gpus: fabric.units
  }
  return isHierarchical(shape) && serversInOrder(input) ? shape : globalShape(shape)
}

/** Fails where the reference cannot place this input. */
const check = Effect.fnUntraced(function* (
  input: PlacementInput,
  shape: EplbShape
): Effect.fn.Return<void, PlacementError> {
  yield* checkInput(input, { needs: ["counts"] })
  const unsuitable = (what: string, hint: string) =>
    new PlacementError({ reason: "Unsuitable", where: `eplb, ${input.model.title}`, what, hint })
  if ((input.deadUnits ?? []).length > 0)
    return yield* unsuitable("EPLB fills every unit and cannot leave dead ones out", "use moira, remap or dup")
  const what = eplbFault(shape)
  if (what !== undefined) return yield* unsuitable(what, "choose another number of spare slots or units")
})

/** Places all layers by `shapeOf(input)`; a layer without counts is taken to choose evenly. */
export const placeByEplb = (
  input: PlacementInput,
  shapeOf: (input: PlacementInput) => EplbShape
): Effect.Effect<Placement, PlacementError> => {
  const shape = shapeOf(input)
  const { model, layers, fabric } = input
  return placing(check(input, shape), () => {
    const rebalance = makeRebalance(shape)
    const physicalToLogical = layers.map((_, l) => {
      const slots = new Int32Array(shape.replicas)
      rebalance(countsOrEven(input.counts![l]!), slots)
      return slots
    })
    return {
      units: fabric.units,
      slotsPerUnit: slotsPerUnitOf(input),
      experts: model.experts,
      layers,
      physicalToLogical
    }
  })
}
