/** Dup of the study's case study 2: the contiguous layout with copies of hot experts in the spare slots. */
import { dupLayer } from "./algorithm-2/dup.ts"
import { checkInput } from "../input/check-input.ts"
import { placing } from "../input/placing.ts"
import type { PlacementPolicy } from "../optimizer.ts"
import { contiguousSlots, placeLayerwise } from "../search/setup.ts"

/** Algorithm 2 with copies only; a slot stays empty where no copy helps. Never slower than contiguous on the counts that it sees. */
const dup: PlacementPolicy = {
  contract: "placement/v1",
  id: "dup",
  title: "Dup",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) =>
    placing(checkInput(input, { needs: ["counts"] }), () =>
      placeLayerwise(input, [input.counts!], (setup) => dupLayer(setup, contiguousSlots(setup)))
    )
}

export default dup
