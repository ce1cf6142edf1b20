/** Experts dealt out in a drawn order: what a placement without any knowledge can expect. */
import { random as draws, substream } from "@moira/core"
import { evenSlots, checkInput, liveUnits, shapeOfInput } from "../input/check-input.ts"
import { placing } from "../input/placing.ts"
import type { PlacementPolicy } from "../optimizer.ts"
import { makePlacement } from "@moira/hardware"

/** Each layer's experts in an order of their own, uniform among all orders (Fisher-Yates), dealt to the living units in turn. */
const random: PlacementPolicy = {
  contract: "placement/v1",
  id: "random",
  title: "Random",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) =>
    placing(checkInput(input, { slots: evenSlots(input) }), () => {
      const { layers, model, seed = 1 } = input
      const live = liveUnits(input)
      const rank = layers.map((layer) => drawnOrder(model.experts, substream(seed, "placement", layer)))
      return makePlacement(shapeOfInput(input), (l, e) => [live[rank[l]![e]! % live.length]!])
    })
}

const drawnOrder = (length: number, seed: number): Uint32Array => {
  const { below } = draws(seed)
  const order = Uint32Array.from({ length }, (_, i) => i)
  for (let i = length - 1; i > 0; i--) {
    const j = below(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

export default random
