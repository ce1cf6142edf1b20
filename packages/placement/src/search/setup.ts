/** What a search over one layer starts from, out of an optimizer's input. */
import { type UnitTime, unitTime, type Placement } from "@moira/hardware"
import { liveUnits, slotsPerUnitOf } from "../input/check-input.ts"
import { chosenShares, shapeOf } from "../loads/unit-loads.ts"
import { defaultBatchTokens, type PlacementInput } from "../optimizer.ts"
import { expertsPerToken } from "@moira/core"
import type { LayoutSetup } from "./layout.ts"

/** The setup of each layer, by counts of one or more workloads. */
export const layerSetups = (
  input: PlacementInput,
  workloads: ReadonlyArray<ReadonlyArray<ArrayLike<number>>>
): ReadonlyArray<LayoutSetup> => {
  const { model, fabric, layers, batchTokens = defaultBatchTokens } = input
  const time: UnitTime = unitTime(fabric, shapeOf(input))
  const live = liveUnits(input)
  return layers.map((_, l) => ({
    units: fabric.units,
    live,
    slotsPerUnit: slotsPerUnitOf(input),
    experts: model.experts,
    time,
    tokens: batchTokens,
    chosen: workloads.map((counts) => chosenShares(counts[l]!, expertsPerToken(model)))
  }))
}

/** The placement of an input's layers in the slots that it allows. */
export const placementOf = (input: PlacementInput, physicalToLogical: ReadonlyArray<Int32Array>): Placement => ({
  units: input.fabric.units,
  slotsPerUnit: slotsPerUnitOf(input),
  experts: input.model.experts,
  layers: input.layers,
  physicalToLogical
})

/** Experts in order over the living units; slots beyond the even share stay empty. */
export const contiguousSlots = ({ units, live, slotsPerUnit, experts }: LayoutSetup): Int32Array => {
  const slots = new Int32Array(units * slotsPerUnit).fill(-1)
  const used = new Uint32Array(units)
  for (let e = 0; e < experts; e++) {
    const unit = live[Math.floor((e * live.length) / experts)]!
    slots[unit * slotsPerUnit + used[unit]!] = e
    used[unit]!++
  }
  return slots
}

/** Places layer by layer, each by its own counts: `counts` as {@link layerSetups} takes them. */
export const placeLayerwise = (
  input: PlacementInput,
  counts: Parameters<typeof layerSetups>[1],
  layer: (setup: LayoutSetup, layerIndex: number) => Int32Array
): Placement => placementOf(input, layerSetups(input, counts).map(layer))
