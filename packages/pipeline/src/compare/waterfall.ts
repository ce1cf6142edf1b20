/** The simulated time as a sum that begins with its lower bound. */
import type { ComparedRow } from "@moira/results"

type Waterfall = NonNullable<ComparedRow["waterfall"]>

/** Parts as runs tell them apart, in that order; even arithmetic and even reading are the work itself. */
const steps = [
  ["work", ["arithmetic", "reading"]],
  ["imbalance", ["imbalance"]],
  ["link", ["link"]],
  ["exchange", ["exchange"]],
  ["decision", ["decision"]],
  ["latency", ["latency"]]
] as const

/** A ratio below this says that the run beat its lower bound, of which nothing can be made. */
const leastRatio = 0.999999

/**
 * Starts at the lower bound; every part, stacked in the order in which runs tell them apart, adds what of it lies above the
 * bound. So all of it is the simulated time, to the picosecond. The work adds what a strategy reads or computes more than once;
 * where the bound is above the even work, since some unit must read a whole expert more or wait for a first read, it takes that
 * off the next parts. `null` where a run does not say its time, its bound or its parts, or they do not add up.
 */
export const waterfallOf = (
  metrics: Readonly<Record<string, number>>,
  parts: Readonly<Record<string, number>>
): Waterfall | null => {
  const { time_ps: timePs, lower_bound_ratio: ratio } = metrics
  if (timePs === undefined || ratio === undefined || !Number.isSafeInteger(timePs) || timePs <= 0) return null
  if (!(ratio >= leastRatio)) return null
  const boundPs = Math.min(timePs, Math.round(timePs / ratio))
  let reached = 0
  const above: Waterfall = steps.map(([part, names]) => {
    const from = reached
    for (const name of names) reached += Math.round((parts[name] ?? 0) * timePs)
    return { part, ps: Math.max(0, reached - Math.max(boundPs, from)) }
  })
  return reached === timePs ? [{ part: "bound", ps: boundPs }, ...above] : null
}

/** Several runs together; `null` where one has none. */
export const sumWaterfalls = (all: ReadonlyArray<Waterfall | null>): Waterfall | null => {
  if (all.some((one) => one === null)) return null
  const [first, ...others] = all
  if (first === undefined || first === null) return null
  return first.map(({ part, ps }, i) => ({
    part,
    ps: others.reduce((sum, one) => sum + (one?.[i]?.ps ?? 0), ps)
  }))
}
