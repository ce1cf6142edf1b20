/** Remap of the study's case study 2: as many experts a unit as before, the loads levelled. */
import { remapLayer } from "./algorithm-2/remap.ts"
import { evenSlots, checkInput } from "../input/check-input.ts"
import { placing } from "../input/placing.ts"
import type { PlacementPolicy } from "../optimizer.ts"
import { placeLayerwise } from "../search/setup.ts"

/** Algorithm 2 without copies; spare slots stay empty. Never slower than contiguous on the counts that it sees. */
const remap: PlacementPolicy = {
  contract: "placement/v1",
  id: "remap",
  title: "Remap",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) =>
    placing(checkInput(input, { needs: ["counts"] }), () =>
      placeLayerwise(input, [input.counts!], (setup) => remapLayer(setup, evenSlots(input)))
    )
}

export default remap
