/** How far tokens go from one MoE layer to the next: what affinity lowers. */
import type { Fabric } from "@moira/hardware"

/** One layer's slots and the copies that share each expert's tokens. */
export interface PlacedLayer {
  readonly slots: ArrayLike<number>
  readonly copies: ArrayLike<number>
}

/**
 * Expected hops of all tokens `moved[i * experts + j]` that chose `i` at one layer and `j` at the next, each from a copy of
 * `i` to a copy of `j`, copies taking even shares.
 */
export const transitionHops = (
  fabric: Pick<Fabric, "units" | "hops">,
  slotsPerUnit: number,
  from: PlacedLayer,
  to: PlacedLayer,
  moved: ArrayLike<number>
): number => {
  const cost = new Float64Array(to.copies.length * fabric.units)
  addArrivals(cost, fabric, slotsPerUnit, from, moved)
  let hops = 0
  for (let s = 0; s < to.slots.length; s++) {
    const e = to.slots[s]!
    if (e >= 0) hops += cost[e * fabric.units + Math.floor(s / slotsPerUnit)]! / to.copies[e]!
  }
  return hops
}

/** Adds, by expert of the layer after `from` and by unit, the hops of all that expert's tokens if it lay there. */
export const addArrivals = (
  cost: Float64Array,
  fabric: Pick<Fabric, "units" | "hops">,
  slotsPerUnit: number,
  from: PlacedLayer,
  moved: ArrayLike<number>
): void => addHops(cost, fabric, slotsPerUnit, from, (i, j, experts) => moved[i * experts + j]!, false)

/** The same for the layer before `to`: tokens leave for where `to` holds their next expert. */
export const addDepartures = (
  cost: Float64Array,
  fabric: Pick<Fabric, "units" | "hops">,
  slotsPerUnit: number,
  to: PlacedLayer,
  moved: ArrayLike<number>
): void => addHops(cost, fabric, slotsPerUnit, to, (j, i, experts) => moved[i * experts + j]!, true)

/** Tokens between each expert and each unit of the other layer, then a plain product with the hops. */
const addHops = (
  cost: Float64Array,
  { units, hops }: Pick<Fabric, "units" | "hops">,
  slotsPerUnit: number,
  other: PlacedLayer,
  tokens: (otherExpert: number, expert: number, experts: number) => number,
  leaving: boolean
): void => {
  const experts = other.copies.length
  const shared = new Float64Array(units)
  for (let e = 0; e < experts; e++) {
    shared.fill(0)
    for (let s = 0; s < other.slots.length; s++) {
      const o = other.slots[s]!
      if (o >= 0) shared[Math.floor(s / slotsPerUnit)]! += tokens(o, e, experts) / other.copies[o]!
    }
    for (let o = 0; o < units; o++) {
      const share = shared[o]!
      if (share === 0) continue
      for (let u = 0; u < units; u++)
        cost[e * units + u]! += share * (leaving ? hops[u * units + o]! : hops[o * units + u]!)
    }
  }
}
