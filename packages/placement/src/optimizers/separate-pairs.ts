/** Expert-pair separation (the study's insight 5): experts that tokens choose together lie apart. */
import { dupLayer } from "./algorithm-2/dup.ts"
import { remapLayer } from "./algorithm-2/remap.ts"
import { evenSlots, checkInput } from "../input/check-input.ts"
import { placing } from "../input/placing.ts"
import type { PlacementPolicy } from "../optimizer.ts"
import { type LayoutSetup, makeLayout } from "../search/layout.ts"
import { pairGains, pairsOnOneUnit } from "../search/pair-load.ts"
import { placeLayerwise } from "../search/setup.ts"
import { minGain, swapWithin, timeTolerance } from "../search/swap-within.ts"

/**
 * Balanced by remap and dup first; then swaps that make a token's experts meet less on one unit, while the layer takes at
 * most 1 % longer than the balanced layout. A token is then served by more units at once, at the price of more transfers.
 */
const separatePairs: PlacementPolicy = {
  contract: "placement/v1",
  id: "separate-pairs",
  title: "Separate pairs",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) =>
    placing(checkInput(input, { needs: ["counts", "coActivation"] }), () =>
      placeLayerwise(input, [input.counts!], (setup, l) => separate(setup, evenSlots(input), input.coActivation![l]!))
    )
}

const separate = (setup: LayoutSetup, maxSlots: number, together: ArrayLike<number>): Int32Array => {
  const layout = makeLayout(setup)
  layout.set(dupLayer(setup, remapLayer(setup, maxSlots)))
  const limit = layout.cost().slowest * (1 + timeTolerance)
  const least = minGain(pairsOnOneUnit(layout.slots, setup.slotsPerUnit, layout.copies, together))
  const { gain, swapped } = pairGains(layout, setup, together)
  swapWithin(layout, setup, limit, (a, b) => gain(a, b) - least, swapped)
  return layout.slots
}

export default separatePairs
