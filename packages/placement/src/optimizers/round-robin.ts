/** Experts dealt out in turn: neighbours, and so routing groups, are spread over all units. */
import { evenSlots, checkInput, liveUnits, shapeOfInput } from "../input/check-input.ts"
import { placing } from "../input/placing.ts"
import type { PlacementPolicy } from "../optimizer.ts"
import { makePlacement } from "@moira/hardware"

/** Expert e lies on living unit e mod units, in every layer. */
const roundRobin: PlacementPolicy = {
  contract: "placement/v1",
  id: "round-robin",
  title: "Round-robin",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) =>
    placing(checkInput(input, { slots: evenSlots(input) }), () => {
      const live = liveUnits(input)
      return makePlacement(shapeOfInput(input), (_, e) => [live[e % live.length]!])
    })
}

export default roundRobin
