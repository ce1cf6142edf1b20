/** The oracle that places as badly as a placement without copies can: the other end of the scale. */
import { topIndices } from "@moira/core/statistics"
import { unitTime, makePlacement } from "@moira/hardware"
import { evenSlots, checkInput, liveUnits, shapeOfInput } from "../input/check-input.ts"
import { placing } from "../input/placing.ts"
import { shapeOf } from "../loads/unit-loads.ts"
import type { PlacementPolicy } from "../optimizer.ts"

/**
 * Experts by falling `judgedOn`, the hottest together on the slowest unit and so on: no layout of as many experts a unit,
 * each once, has a more loaded unit.
 */
const worst: PlacementPolicy = {
  contract: "placement/v1",
  id: "worst",
  title: "Worst (oracle)",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) =>
    placing(checkInput(input, { needs: ["judgedOn"], slots: evenSlots(input) }), () => {
      const { model, fabric } = input
      const time = unitTime(fabric, shapeOf(input))
      const slowestFirst = liveUnits(input).toSorted((a, b) => time(b, 1, 1) - time(a, 1, 1) || a - b)
      const perUnit = evenSlots(input)
      const rank = input.judgedOn!.map((counts) => {
        const ranks = new Uint32Array(model.experts)
        topIndices(counts).forEach((e, i) => (ranks[e] = i))
        return ranks
      })
      return makePlacement(shapeOfInput(input), (l, e) => [slowestFirst[Math.floor(rank[l]![e]! / perUnit)]!])
    })
}

export default worst
