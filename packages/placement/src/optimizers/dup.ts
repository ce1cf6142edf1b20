/** Dup of the study's case study 2: the contiguous layout with copies of hot experts in the spare slots. */
import { Effect } from "effect"
import { dupLayer } from "../algorithm-2/dup.ts"
import { inputFault } from "../input/check-input.ts"
import type { PlacementPolicy } from "../optimizer.ts"
import { contiguousSlots, layerSetups, placementOf } from "../search/setup.ts"

/** Algorithm 2 with copies only; a slot stays empty where no copy helps. Never slower than contiguous on the counts that it sees. */
export const dup: PlacementPolicy = {
  contract: "placement/v1",
  id: "dup",
  title: "Dup",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) => {
    const wrong = inputFault(input, { needs: ["counts"] })
    if (wrong !== undefined) return Effect.fail(wrong)
    return Effect.sync(() =>
      placementOf(
        input,
        layerSetups(input, [input.counts!]).map((setup) => dupLayer(setup, contiguousSlots(setup)))
      )
    )
  }
}

export default dup
