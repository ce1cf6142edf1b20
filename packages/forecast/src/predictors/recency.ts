import { onPopularity, type UnitCounts } from "../parts/frequencies.ts"
import { forecastContract, type Predictor } from "../predictor.ts"

/** What a selection is worth one token later: half of it is gone after 6.6 tokens. */
const decay = 0.9

/**
 * Counts in which older steps weigh less. Instead of shrinking every count at each step, what a selection adds grows;
 * a unit's counts are scaled back before that could overflow.
 */
const decayedCounts = (units: number, experts: number): UnitCounts => {
  const counts = new Float64Array(units * experts)
  const totals = new Float64Array(units)
  const worth = new Float64Array(units).fill(1)
  const scaleBack = (unit: number): void => {
    const over = 1 / worth[unit]!
    for (let i = unit * experts; i < (unit + 1) * experts; i++) counts[i]! *= over
    totals[unit]! *= over
    worth[unit] = 1
  }
  return {
    counts,
    total: (unit) => totals[unit]!,
    one: (unit) => worth[unit]!,
    forget: (unit) => {
      counts.fill(0, unit * experts, (unit + 1) * experts)
      totals[unit] = 0
      worth[unit] = 1
    },
    observe: (unit, _step, ids, from, to) => {
      worth[unit]! /= decay
      if (worth[unit]! > 1e30) scaleBack(unit)
      const one = worth[unit]!
      for (let i = from; i < to; i++) {
        const id = ids[i]!
        if (id >= experts) continue
        counts[unit * experts + id]! += one
        totals[unit]! += one
      }
    }
  }
}

/** The request's own frequencies, recent tokens first. */
const recency: Predictor = {
  contract: forecastContract,
  id: "recency",
  title: "Decayed frequencies",
  description:
    "how often the unit chose each expert, a token counting 0.9 of the one after it, on 2 tokens' worth of popularity",
  lead: "token",
  probabilities: true,
  train: (setup) =>
    onPopularity(setup, {
      open: (units) => decayedCounts(units, setup.experts),
      tokens: 2,
      unitBytes: 4 * setup.experts
    })
}

export default recency
