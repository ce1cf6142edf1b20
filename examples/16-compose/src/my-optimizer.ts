/** An optimizer of one's own: experts are dealt in the order of their popularity, forth and back over the units. */
import { makePlacement } from "@moira/hardware"
import { checkInput, evenSlots, liveUnits, type PlacementPolicy } from "@moira/placement"
import { Effect } from "effect"

const myOptimizer: PlacementPolicy = {
  contract: "placement/v1",
  id: "my-optimizer",
  title: "My optimizer: dealt by popularity, forth and back",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) => {
    const slots = evenSlots(input)
    const make = () => {
      const { counts, fabric, layers, model } = input
      const live = liveUnits(input)
      const homes = layers.map((_, layer) => {
        const order = Array.from({ length: model.experts }, (_count, expert) => expert).toSorted(
          (a, b) => counts![layer]![b]! - counts![layer]![a]! || a - b
        )
        const home = new Uint32Array(model.experts)
        order.forEach((expert, turn) => {
          const at = turn % live.length
          home[expert] = live[Math.floor(turn / live.length) % 2 === 0 ? at : live.length - 1 - at]!
        })
        return home
      })
      return makePlacement({ units: fabric.units, experts: model.experts, layers }, (layer, expert) => [
        homes[layer]![expert]!
      ])
    }
    return Effect.andThen(checkInput(input, { needs: ["counts"], slots }), Effect.sync(make))
  }
}

export default myOptimizer
