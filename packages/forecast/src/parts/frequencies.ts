/** Forecasts from how often a unit chose each expert itself, on top of a prior. */
import type { LayerForecaster, LayerSession, LayerSetup } from "../predictor.ts"
import { countFold, countSelections, popularityOf } from "./counting.ts"

/** Counts of each unit that a session keeps. */
export interface UnitCounts {
  readonly forget: (unit: number) => void
  readonly observe: LayerSession["observe"]
  /** `counts[unit * experts + expert]`; may be scaled, as {@link total} is. */
  readonly counts: Float64Array
  readonly total: (unit: number) => number
  /** What one selection adds to the counts now. */
  readonly one: (unit: number) => number
}

/** Plain counts of the steps that `takes` accepts. */
export const plainCounts = (units: number, experts: number, takes: (step: number) => boolean): UnitCounts => {
  const counts = new Float64Array(units * experts)
  const totals = new Float64Array(units)
  return {
    counts,
    total: (unit) => totals[unit]!,
    one: () => 1,
    forget: (unit) => {
      counts.fill(0, unit * experts, (unit + 1) * experts)
      totals[unit] = 0
    },
    observe: (unit, step, ids, from, to) => {
      if (!takes(step)) return
      for (let i = from; i < to; i++) {
        const id = ids[i]!
        if (id >= experts) continue
        counts[unit * experts + id]!++
        totals[unit]!++
      }
    }
  }
}

/** The unit's share of each expert, with `mass` selections by the prior of its task added. */
export const frequencyForecaster = (
  { experts, topK }: LayerSetup,
  options: {
    readonly open: (units: number) => UnitCounts
    /** Prior of a task (-1 where unknown), in an array of `experts` from `place(task)` on. */
    readonly prior: Float64Array
    readonly place: (task: number) => number
    /** Tokens' worth of prior. */
    readonly tokens: number
    readonly unitBytes: number
  }
): LayerForecaster => ({
  cost: { tableBytes: 2 * options.prior.length, unitBytes: options.unitBytes, operations: 2 * experts },
  open: (units) => {
    const kept = options.open(units)
    const places = new Int32Array(units).fill(options.place(-1))
    const { prior } = options
    return {
      begin: (unit, task) => {
        kept.forget(unit)
        places[unit] = options.place(task)
      },
      observe: kept.observe,
      predict: (unit, _step, scores) => {
        const mass = options.tokens * topK * kept.one(unit)
        const over = 1 / (kept.total(unit) + mass)
        const at = unit * experts
        const place = places[unit]!
        for (let e = 0; e < experts; e++) scores[e] = (kept.counts[at + e]! + mass * prior[place + e]!) * over
      }
    }
  }
})

/** A layer's fold for predictors that count what the unit itself chose, on `tokens` tokens' worth of popularity. */
export const onPopularity = (
  setup: LayerSetup,
  options: {
    readonly open: (units: number) => UnitCounts
    readonly tokens: number
    readonly unitBytes: number
  }
) =>
  countFold(
    setup.experts,
    (rows, table) => countSelections(rows, table),
    (table) => frequencyForecaster(setup, { ...options, prior: popularityOf(table, setup.experts), place: () => 0 })
  )
