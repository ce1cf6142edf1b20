/** What no layout can be above: an upper bound of mean load / greatest load over all layouts of one layer. */

/** One layer: `loads[expert]` selections, on `units` living units of `slotsPerUnit` slots each. */
export interface BoundCase {
  readonly loads: ArrayLike<number>
  readonly units: number
  readonly slotsPerUnit: number
}

/** A price of copies. Of `theta`: light copies are below it. Of `others`: how many heavier ones fit beside a big one. */
interface Price {
  readonly theta: number
  readonly others: number
  /** The part of the price that every copy pays for its slot. */
  readonly slotPart: number
}

const thetaSteps = 24
const slotParts = [0, 0.2, 0.4, 0.6, 0.8]
const halvings = 24
/** Part of the limit to which it is sought. */
const nearEnough = 1e-6
/** Comparisons of sizes and of sums give way by this much, so that rounding never makes the bound too low. */
const slack = 1e-9

const pricesFor = (slotsPerUnit: number): ReadonlyArray<Price> =>
  Array.from({ length: Math.min(slotsPerUnit, 3) }, (_, others) =>
    Array.from({ length: thetaSteps }, (_theta, i) =>
      slotParts.map((slotPart) => ({ theta: (i + 1) / (2 * (others + 1) * thetaSteps), others, slotPart }))
    )
  ).flat(2)

/** Price of one copy of `size`, in shares of the limit: the copies of a unit within its limit never cost above 1 together. */
const priceOf = ({ theta, others, slotPart }: Price, slotsPerUnit: number, size: number): number => {
  const slot = slotPart / slotsPerUnit
  if (size < theta * (1 + slack)) return slot
  const isBig = size > (1 - (others + 1) * theta) * (1 + slack)
  return slot + (1 - slotPart) * (isBig ? 1 - others / slotsPerUnit : 1 / slotsPerUnit)
}

/** Copies that an expert needs at least, so that none is above the limit. */
const leastCopies = (load: number, limit: number): number => Math.max(1, Math.ceil((load / limit) * (1 - slack)))

/** The cheapest way to have an expert, over all numbers of copies from `least` to `most`. */
const cheapest = (price: Price, slotsPerUnit: number, share: number, least: number, most: number): number => {
  let best = Infinity
  for (let copies = least; copies <= most; copies++) {
    const one = priceOf(price, slotsPerUnit, share / copies)
    best = Math.min(best, copies * one)
    // Lighter copies cost no less each, and more of them cost more.
    if (share / copies < price.theta) break
  }
  return best
}

/** Whether some price proves that no layout has all units at or below `limit`. */
const isImpossible = (
  { loads, units, slotsPerUnit }: BoundCase,
  prices: ReadonlyArray<Price>,
  limit: number
): boolean => {
  const least = Array.from(loads, (load) => leastCopies(load, limit))
  const spare = units * slotsPerUnit - least.reduce((sum, copies) => sum + copies, 0)
  if (spare < 0) return true
  return prices.some((price) => {
    let sum = 0
    for (let e = 0; e < least.length; e++)
      sum += cheapest(price, slotsPerUnit, loads[e]! / limit, least[e]!, least[e]! + spare)
    return sum > units * (1 + slack)
  })
}

/** The greatest load is at least this: the mean, or without any spare slot the hottest expert beside the lightest. */
const plainFloor = ({ loads, units, slotsPerUnit }: BoundCase): number => {
  const sorted = Float64Array.from(loads).toSorted()
  let total = 0
  for (const load of sorted) total += load
  if (sorted.length < units * slotsPerUnit) return total / units
  let fullest = sorted.at(-1)!
  for (let i = 0; i < slotsPerUnit - 1; i++) fullest += sorted[i]!
  return Math.max(total / units, fullest)
}

/**
 * An upper bound, in (0, 1], of `balancedness` (mean load / greatest load) over ALL layouts of a layer: any numbers of
 * copies, each at least 1; copies share their expert's load evenly; several copies on one unit and empty slots are
 * allowed. Dead units are left out of `units`. Throws `RangeError` where the experts do not fit.
 *
 * Proof in short: let all units be at or below a limit. An expert of load w then has at least w / limit copies, and
 * slots bound their sum. Give every copy a price by its size, such that copies that fit onto one unit cost at most 1.
 * Then `units` bounds the sum of prices, and so the sum over experts of their cheapest numbers of copies. A limit that
 * breaks this is below the greatest load of every layout. Bisection finds a high one.
 */
export const balanceBound = (one: BoundCase): number => {
  const { loads, units, slotsPerUnit } = one
  if (units * slotsPerUnit < loads.length)
    throw new RangeError(`${loads.length} experts do not fit into ${units} x ${slotsPerUnit} slots; give more slots`)
  let total = 0
  for (let e = 0; e < loads.length; e++) total += loads[e]!
  if (total === 0) return 1
  const prices = pricesFor(slotsPerUnit)
  let low = plainFloor(one)
  // At this limit every expert fits into one unit with any others: nothing is proved above it.
  let high = total
  for (let i = 0; i < halvings && high > low * (1 + nearEnough); i++) {
    const limit = i === 0 ? low * (1 + nearEnough) : (low + high) / 2
    if (isImpossible(one, prices, limit)) low = limit
    else high = limit
  }
  return Math.min(1, (total / units / low) * (1 + slack))
}
