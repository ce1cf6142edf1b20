/** Inter-layer affinity (the study's Ob1): a token's likely next experts lie near the ones it comes from. */
import { dupLayer } from "./algorithm-2/dup.ts"
import { remapLayer } from "./algorithm-2/remap.ts"
import { evenSlots, checkInput } from "../input/check-input.ts"
import { placing } from "../input/placing.ts"
import type { PlacementInput, PlacementPolicy } from "../optimizer.ts"
import { addArrivals, addDepartures } from "../search/hop-cost.ts"
import { type Layout, type LayoutSetup, makeLayout } from "../search/layout.ts"
import { layerSetups, placementOf } from "../search/setup.ts"
import { minGain, swapWithin, timeTolerance } from "../search/swap-within.ts"

/** Passes over all layers: forward to follow the layer before, then twice between both neighbours. */
const passes = 3

/**
 * Balanced by remap and dup first; then, layer by layer, whole units and single experts change places where that
 * saves hops between layers, while a layer takes at most 1 % longer than its balanced layout.
 */
const affinity: PlacementPolicy = {
  contract: "placement/v1",
  id: "affinity",
  title: "Affinity",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) =>
    placing(
      checkInput(input, { needs: ["counts", ...(input.layers.length > 1 ? ["transitions" as const] : [])] }),
      () => placementOf(input, followTokens(input))
    )
}

const followTokens = (input: PlacementInput): ReadonlyArray<Int32Array> => {
  const { fabric } = input
  const transitions = input.transitions ?? []
  const layers = layerSetups(input, [input.counts!]).map((setup) => {
    const layout = makeLayout(setup)
    layout.set(dupLayer(setup, remapLayer(setup, evenSlots(input))))
    return { setup, layout, limit: layout.cost().slowest * (1 + timeTolerance) }
  })
  for (let pass = 0; pass < passes; pass++) {
    layers.forEach(({ setup, layout, limit }, l) => {
      const cost = new Float64Array(setup.experts * setup.units)
      const before = layers[l - 1]?.layout
      const after = pass === 0 ? undefined : layers[l + 1]?.layout
      if (before !== undefined) addArrivals(cost, fabric, setup.slotsPerUnit, before, transitions[l - 1]!)
      if (after !== undefined) addDepartures(cost, fabric, setup.slotsPerUnit, after, transitions[l]!)
      lowerCost(layout, setup, limit, cost)
    })
  }
  return layers.map(({ layout }) => layout.slots)
}

/** Lowers the sum of `cost[expert * units + unit]` over copies, shared evenly: by whole units, then slot by slot. */
const lowerCost = (layout: Layout, setup: LayoutSetup, limit: number, cost: Float64Array): void => {
  const { units, slotsPerUnit } = setup
  const { slots, copies } = layout
  const at = (s: number, u: number) => (slots[s]! < 0 ? 0 : cost[slots[s]! * units + u]! / copies[slots[s]!]!)
  let total = 0
  for (let s = 0; s < slots.length; s++) total += at(s, Math.floor(s / slotsPerUnit))
  const least = minGain(total)
  swapUnits(layout, setup, limit, (u, v) => {
    let sum = -least
    for (let s = u * slotsPerUnit; s < (u + 1) * slotsPerUnit; s++) sum += at(s, u) - at(s, v)
    for (let s = v * slotsPerUnit; s < (v + 1) * slotsPerUnit; s++) sum += at(s, v) - at(s, u)
    return sum
  })
  const gain = (a: number, b: number) => {
    const [u, v] = [Math.floor(a / slotsPerUnit), Math.floor(b / slotsPerUnit)]
    return at(a, u) - at(a, v) + at(b, v) - at(b, u) - least
  }
  swapWithin(layout, setup, limit, gain, () => {})
}

/** Exchanges the contents of two units wherever that gains, until it does nowhere; units alike stay as balanced. */
const swapUnits = (
  layout: Layout,
  { live, slotsPerUnit }: LayoutSetup,
  limit: number,
  gain: (u: number, v: number) => number
): void => {
  for (let found = true; found;) {
    found = false
    for (const [i, u] of live.entries()) {
      for (const v of live.slice(i + 1)) {
        if (!(gain(u, v) > 0)) continue
        const kept = layout.slots.slice()
        const swapped = kept.slice()
        swapped.set(kept.subarray(u * slotsPerUnit, (u + 1) * slotsPerUnit), v * slotsPerUnit)
        swapped.set(kept.subarray(v * slotsPerUnit, (v + 1) * slotsPerUnit), u * slotsPerUnit)
        layout.set(swapped)
        if (layout.cost().slowest <= limit) found = true
        else layout.set(kept)
      }
    }
  }
}

export default affinity
