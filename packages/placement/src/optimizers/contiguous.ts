/** Experts in order: what serving engines do without a map, and the study's layout on a wafer. */
import { Effect } from "effect"
import { formatBytes } from "@moira/trace"
import { PlacementError, type PlacementInput, type PlacementPolicy } from "../optimizer.ts"
import { makePlacement } from "../placement.ts"

/** The fullest unit's experts of all layers must fit beside what is reserved. */
const fault = (input: PlacementInput): PlacementError | undefined => {
  const { fabric, layers, model, expertBytes } = input
  const needed = Math.ceil(model.experts / fabric.units) * layers.length * expertBytes
  const smallest = Math.min(...fabric.expertBytes)
  if (needed <= smallest) return undefined
  return new PlacementError({
    reason: "DoesNotFit",
    where: `${model.title} on ${fabric.units} units`,
    what: `the experts of one unit take ${formatBytes(needed)}, it has room for ${formatBytes(smallest)}`,
    hint: "use more units, a smaller weight format or a machine with more memory"
  })
}

/** Expert e of E lies on unit floor(e x units / E), in every layer. */
export const contiguous: PlacementPolicy = {
  contract: "placement/v1",
  id: "contiguous",
  title: "Contiguous",
  place: (input) => {
    const { fabric, layers, model } = input
    const shape = { units: fabric.units, experts: model.experts, layers }
    const wrong = fault(input)
    return wrong === undefined
      ? Effect.sync(() => makePlacement(shape, (_, e) => [Math.floor((e * fabric.units) / model.experts)]))
      : Effect.fail(wrong)
  }
}

export default contiguous
