import { onPopularity, type UnitCounts } from "../parts/frequencies.ts"
import { forecastContract, type Predictor } from "../predictor.ts"

/** Tokens in the window. */
const windowTokens = 64

/** Counts of the last selections of each unit, in a ring. */
const windowCounts = (units: number, experts: number, size: number): UnitCounts => {
  const counts = new Float64Array(units * experts)
  const ring = new Uint16Array(units * size)
  const seen = new Float64Array(units)
  return {
    counts,
    total: (unit) => Math.min(size, seen[unit]!),
    one: () => 1,
    forget: (unit) => {
      counts.fill(0, unit * experts, (unit + 1) * experts)
      seen[unit] = 0
    },
    observe: (unit, _step, ids, from, to) => {
      for (let i = from; i < to; i++) {
        const id = ids[i]!
        if (id >= experts) continue
        const at = unit * size + (seen[unit]! % size)
        if (seen[unit]! >= size) counts[unit * experts + ring[at]!]!--
        ring[at] = id
        counts[unit * experts + id]!++
        seen[unit]!++
      }
    }
  }
}

/** Popularity among what the unit chose last. */
const window: Predictor = {
  contract: forecastContract,
  id: "window",
  title: "Windowed popularity",
  description: "how often the unit's last 64 tokens chose each expert, on 8 tokens' worth of popularity",
  lead: "token",
  probabilities: true,
  train: (setup) =>
    onPopularity(setup, {
      open: (units) => windowCounts(units, setup.experts, windowTokens * setup.topK),
      tokens: 8,
      unitBytes: 2 * (setup.experts + windowTokens * setup.topK)
    })
}

export default window
