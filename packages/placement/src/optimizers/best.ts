/** The oracle that knows the traffic it is judged on: how much there is to gain at all. */
import { Effect } from "effect"
import { inputFault } from "../input/check-input.ts"
import { placeLayers } from "../moira/place.ts"
import type { PlacementPolicy } from "../optimizer.ts"
import { optimiseLayer } from "../search/optimise-layer.ts"
import { layerSetups, placementOf } from "../search/setup.ts"

/** Local search on `judgedOn` from several starts, Moira's among them: near the optimum of the layer's time, without a proof. */
export const best: PlacementPolicy = {
  contract: "placement/v1",
  id: "best",
  title: "Best (oracle)",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) => {
    const wrong = inputFault(input, { needs: ["judgedOn"] })
    if (wrong !== undefined) return Effect.fail(wrong)
    return Effect.sync(() => {
      const found = placeLayers({ ...input, counts: input.judgedOn! })
      const setups = layerSetups(input, [input.judgedOn!])
      return placementOf(
        input,
        setups.map((setup, l) => optimiseLayer(setup, [found[l]!]))
      )
    })
  }
}

export default best
