/** Where a scaling curve changes what it follows. */
import type { ScalingBreak } from "@moira/results"

/** A point of a curve: a value of the field above 0, the throughput there, and the greatest part of the time. */
export interface CurvePoint {
  readonly value: number
  readonly rate: number
  readonly binds: string | null
}

/** From this elasticity on throughput follows the field, whether up or down. */
const follows = 0.5

/** Elasticities that differ by more are told apart. */
const apart = 0.1

/** Elasticities that differ by no more are of one straight piece; a bend inside it would be this near its end. */
const straightness = 0.005

/** Points by number: the curve changes somewhere from `low` to `high`. */
interface Bracket {
  readonly low: number
  readonly high: number
}

const regime = (elasticity: number): number => (Math.abs(elasticity) < follows ? 0 : Math.sign(elasticity))

/** Elasticity from point `i` to point `j`. */
const slope = (points: ReadonlyArray<CurvePoint>, i: number, j: number): number =>
  Math.log(points[j]!.rate / points[i]!.rate) / Math.log(points[j]!.value / points[i]!.value)

/**
 * Segments before and after point `k` are of different regimes: the change is in one of them. A segment whose neighbour on the
 * far side is as steep is straight, and so are those that stand still or follow in full: the change is not inside these.
 */
const around = (segments: ReadonlyArray<number>, k: number): Bracket => {
  const straight = (s: number, beyond: number) => {
    const own = segments[s]!
    const wholly = [0, Math.sign(own), segments[beyond] ?? Number.NaN]
    return wholly.some((other) => Math.abs(own - other) <= straightness)
  }
  return { low: straight(k - 1, k - 2) ? k : k - 1, high: straight(k, k + 1) ? k : k + 1 }
}

/** Changes of regime; then changes of what binds where the elasticity changes as well, or where the curve ends before it can. */
const bracketsOf = (points: ReadonlyArray<CurvePoint>): ReadonlyArray<Bracket> => {
  const segments = points.slice(1).map((_, i) => slope(points, i, i + 1))
  const bends = segments.flatMap((own, s) =>
    s > 0 && regime(own) !== regime(segments[s - 1]!) ? [around(segments, s)] : []
  )
  const binds = points
    .slice(1)
    .flatMap(({ binds: part }, i) => (part === points[i]!.binds ? [] : [{ low: i, high: i + 1 }]))
  const near = (a: Bracket, b: Bracket) => a.low <= b.high && b.low <= a.high
  const bent = bends.map((bend) => {
    const part = binds.find((one) => near(one, bend))
    return part === undefined ? bend : { low: Math.max(bend.low, part.low), high: Math.min(bend.high, part.high) }
  })
  const others = binds.filter((part) => {
    const [before, after] = [segments[part.low - 1], segments[part.high]]
    const changes = before === undefined || after === undefined || Math.abs(before - after) > apart
    return changes && !bends.some((bend) => near(part, bend))
  })
  // Two segments in a row that are both of neither side make one change.
  return [...bent, ...others]
    .toSorted((a, b) => a.low - b.low || a.high - b.high)
    .filter((one, i, all) => i === 0 || one.low >= all[i - 1]!.high || one.high > all[i - 1]!.high)
}

/** Breaks of a curve in order of the field; points are in that order, with values and rates above 0. */
export const breaksOf = (points: ReadonlyArray<CurvePoint>): ReadonlyArray<ScalingBreak> => {
  const brackets = bracketsOf(points)
  return brackets.map(({ low, high }, i) => {
    const from = Math.min(low, brackets[i - 1]?.high ?? 0)
    const to = Math.max(high, brackets[i + 1]?.low ?? points.length - 1)
    // Between the two values the curve bends: their slope is of neither side.
    const below = low > from ? slope(points, from, low) : null
    const above = to > high ? slope(points, high, to) : null
    // At a point itself, what binds is told by its neighbours.
    const [before, after] = low === high ? [low - 1, high + 1] : [low, high]
    return {
      low: points[low]!.value,
      high: points[high]!.value,
      bindsBelow: points[Math.max(0, before)]!.binds,
      bindsAbove: points[Math.min(after, points.length - 1)]!.binds,
      elasticityBelow: below,
      elasticityAbove: above
    }
  })
}
