/** Experts dealt out in turn: neighbours, and so routing groups, are spread over all units. */
import { Effect } from "effect"
import { evenSlots, inputFault, liveUnits } from "../input/check-input.ts"
import type { PlacementPolicy } from "../optimizer.ts"
import { makePlacement } from "../placement.ts"

/** Expert e lies on living unit e mod units, in every layer. */
export const roundRobin: PlacementPolicy = {
  contract: "placement/v1",
  id: "round-robin",
  title: "Round-robin",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) => {
    const wrong = inputFault(input, { slots: evenSlots(input) })
    if (wrong !== undefined) return Effect.fail(wrong)
    const { fabric, layers, model } = input
    const live = liveUnits(input)
    return Effect.sync(() =>
      makePlacement({ units: fabric.units, experts: model.experts, layers }, (_, e) => [live[e % live.length]!])
    )
  }
}

export default roundRobin
