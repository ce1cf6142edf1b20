/** A forecast of loads from how they drifted before: what was decoded after which prompts, last time. */
import { sum } from "@moira/core/statistics"
import { type Counted, PlaceError, type PlaceTraffic } from "./traffic.ts"

/** An earlier pair of windows, such as prefill and the decode that followed. */
export interface EarlierDrift {
  readonly before: Counted
  readonly after: Counted
}

/**
 * Part of an expert's earlier drift that is expected again. Between two workloads of DeepSeek-671B the logarithms of decode over
 * prefill correlate by 0.77; the least-squares slope of one on the other is 0.55 one way and 1.08 the other.
 * `scripts/place/forecast-drift.ts` prints these.
 */
const persistence = 0.6

/** Shares of selections; half a selection more for each expert, so that none is 0. */
const shares = (counts: ArrayLike<number>): Float64Array => {
  const total = sum(counts) + counts.length / 2
  return Float64Array.from(counts, (count) => (count + 0.5) / total)
}

/** One layer's counts now x (share after / share before)^part, whole numbers with about the same sum; counts of nothing stay. */
export const driftedCounts = (
  now: Float64Array,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  part = persistence
): Float64Array => {
  const total = sum(now)
  if (total === 0 || sum(before) === 0 || sum(after) === 0) return now
  const [start, end] = [shares(before), shares(after)]
  const forecast = shares(now).map((share, e) => share * (end[e]! / start[e]!) ** part)
  const all = sum(forecast)
  return forecast.map((share) => Math.round((share * total) / all))
}

/** Traffic that places by the forecast; what judges stays as it is. Groups are left out: they are of what was, not of what comes. */
export const driftedTraffic = (traffic: PlaceTraffic, { before, after }: EarlierDrift): PlaceTraffic | PlaceError => {
  const { model, layers, train } = traffic
  const other = [before, after].find(
    ({ counts }) => counts.length !== layers.length || counts[0]!.length !== model.experts
  )
  if (other !== undefined)
    return new PlaceError({
      reason: "OtherModel",
      where: `--earlier: ${other.on}`,
      what: `counts of another model than ${model.title}`,
      hint: "give two windows of the same model, one before the other"
    })
  const counts = train.counts.map((row, l) => driftedCounts(row, before.counts[l]!, after.counts[l]!))
  const on = `${train.on}, drifted as from ${before.on} to ${after.on}`
  return { ...traffic, train: { on, counts }, workloads: [{ name: on, counts }] }
}
