/** Remap of the study's case study 2: as many experts a unit as before, the loads levelled. */
import { Effect } from "effect"
import { remapLayer } from "../algorithm-2/remap.ts"
import { evenSlots, inputFault } from "../input/check-input.ts"
import type { PlacementPolicy } from "../optimizer.ts"
import { layerSetups, placementOf } from "../search/setup.ts"

/** Algorithm 2 without copies; spare slots stay empty. Never slower than contiguous on the counts that it sees. */
export const remap: PlacementPolicy = {
  contract: "placement/v1",
  id: "remap",
  title: "Remap",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) => {
    const wrong = inputFault(input, { needs: ["counts"] })
    if (wrong !== undefined) return Effect.fail(wrong)
    return Effect.sync(() =>
      placementOf(
        input,
        layerSetups(input, [input.counts!]).map((setup) => remapLayer(setup, evenSlots(input)))
      )
    )
  }
}

export default remap
