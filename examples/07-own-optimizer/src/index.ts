/**
 * Key concept: an optimizer says where experts lie, from counts of requests that it is not judged on.
 *
 * [1] what it needs is checked first: `checkInput` fails with one line that says what is missing or does not fit.
 * [2] claims are strict both ways: what is claimed must hold, what is not must fail somewhere.
 * [3] the busiest experts first, each to the unit with the least load that has room.
 */
import { makePlacement } from "@moira/hardware"
import { checkInput, evenSlots, liveUnits, type PlacementPolicy } from "@moira/placement"
import { Effect } from "effect"

const optimizer: PlacementPolicy = {
  contract: "placement/v1",
  id: "own-optimizer",
  title: "Own optimizer: the busiest expert to the least loaded unit",
  claims: { distinctCopies: true, avoidsDeadUnits: true }, // [2]
  place: (input) => {
    const slots = evenSlots(input)
    const make = () => {
      const { counts, fabric, layers, model } = input
      const live = liveUnits(input)
      const homes = layers.map((_, layer) => {
        const load = new Float64Array(fabric.units)
        const held = new Uint32Array(fabric.units)
        const home = new Uint32Array(model.experts)
        const order = Array.from({ length: model.experts }, (_count, expert) => expert).toSorted(
          (a, b) => counts![layer]![b]! - counts![layer]![a]! || a - b
        )
        for (const expert of order) {
          const open = live.filter((unit) => held[unit]! < slots)
          const unit = open.reduce((best, one) => (load[one]! < load[best]! ? one : best)) // [3]
          home[expert] = unit
          load[unit]! += counts![layer]![expert]!
          held[unit]!++
        }
        return home
      })
      return makePlacement({ units: fabric.units, experts: model.experts, layers }, (layer, expert) => [
        homes[layer]![expert]!
      ])
    }
    return Effect.andThen(checkInput(input, { needs: ["counts"], slots }), Effect.sync(make)) // [1]
  }
}

export default optimizer
