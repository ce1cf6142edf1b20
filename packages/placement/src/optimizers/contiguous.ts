/** Experts in order: what serving engines do without a map, and the study's layout on a wafer. */
import { evenSlots, checkInput, liveUnits, shapeOfInput } from "../input/check-input.ts"
import { placing } from "../input/placing.ts"
import type { PlacementPolicy } from "../optimizer.ts"
import { makePlacement } from "@moira/hardware"

/** Expert e of E lies on living unit floor(e x units / E), in every layer. */
const contiguous: PlacementPolicy = {
  contract: "placement/v1",
  id: "contiguous",
  title: "Contiguous",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) =>
    placing(checkInput(input, { slots: evenSlots(input) }), () => {
      const { experts } = input.model
      const live = liveUnits(input)
      return makePlacement(shapeOfInput(input), (_, e) => [live[Math.floor((e * live.length) / experts)]!])
    })
}

export default contiguous
