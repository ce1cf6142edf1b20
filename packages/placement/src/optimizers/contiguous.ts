/** Experts in order: what serving engines do without a map, and the study's layout on a wafer. */
import { Effect } from "effect"
import { evenSlots, inputFault, liveUnits } from "../input/check-input.ts"
import type { PlacementPolicy } from "../optimizer.ts"
import { makePlacement } from "../placement.ts"

/** Expert e of E lies on living unit floor(e x units / E), in every layer. */
export const contiguous: PlacementPolicy = {
  contract: "placement/v1",
  id: "contiguous",
  title: "Contiguous",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) => {
    const wrong = inputFault(input, { slots: evenSlots(input) })
    if (wrong !== undefined) return Effect.fail(wrong)
    const { fabric, layers, model } = input
    const live = liveUnits(input)
    const unitOf = (e: number) => live[Math.floor((e * live.length) / model.experts)]!
    return Effect.sync(() =>
      makePlacement({ units: fabric.units, experts: model.experts, layers }, (_, e) => [unitOf(e)])
    )
  }
}

export default contiguous
