/** The oracle that knows the traffic it is judged on: how much there is to gain at all. */
import { checkInput } from "../input/check-input.ts"
import { placing } from "../input/placing.ts"
import { placeLayers } from "./moira/place.ts"
import type { PlacementPolicy } from "../optimizer.ts"
import { optimiseLayer } from "../search/optimise-layer.ts"
import { placeLayerwise } from "../search/setup.ts"

/** Local search on `judgedOn` from several starts, Moira's among them: near the optimum of the layer's time, without a proof. */
const best: PlacementPolicy = {
  contract: "placement/v1",
  id: "best",
  title: "Best (oracle)",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) =>
    placing(checkInput(input, { needs: ["judgedOn"] }), () => {
      const found = placeLayers({ ...input, counts: input.judgedOn! })
      return placeLayerwise(input, [input.judgedOn!], (setup, l) => optimiseLayer(setup, [found[l]!]))
    })
}

export default best
