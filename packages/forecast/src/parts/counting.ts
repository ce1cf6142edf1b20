/** Training that counts: a table of exact counts is all of the state, so ranges of requests add up. */
import type { LayerFold, LayerForecaster, LayerRows } from "../predictor.ts"

/** A fold over one table of counts; `count` adds the rows of the requests in use. */
export const countFold = (
  size: number,
  count: (rows: LayerRows, table: Uint32Array) => void,
  finish: (table: Uint32Array) => LayerForecaster
): LayerFold<Uint32Array> => ({
  empty: () => new Uint32Array(size),
  add: (table, rows) => count(rows, table),
  merge: (into, from) => {
    for (let i = 0; i < into.length; i++) into[i]! += from[i]!
  },
  finish: (table) => finish(table)
})

/** Adds the selections of the requests in use to `table[at(request) + expert]`; requests with a negative place not. */
export const countSelections = (
  { current, use }: LayerRows,
  table: Uint32Array,
  at: (request: number) => number = () => 0
): void => {
  const { ids, offsets, topK, experts, firstRequest } = current
  for (const r of use) {
    const place = at(firstRequest + r)
    if (place < 0) continue
    for (let i = offsets[r]! * topK; i < offsets[r + 1]! * topK; i++) {
      const id = ids[i]!
      if (id < experts) table[place + id]!++
    }
  }
}

/** Counts pairs (i, j): i chosen at a row of `from`, j at the row `gap` later of `current`; holes are in no pair. */
export const countPairs = (rows: LayerRows, from: Uint16Array, gap: number, table: Uint32Array, at: number): void => {
  const { ids, offsets, topK, experts } = rows.current
  for (const r of rows.use) {
    // A hot loop, without allocation.
    for (let t = offsets[r]! + gap; t < offsets[r + 1]!; t++) {
      const end = (t - gap + 1) * topK
      for (let a = (t - gap) * topK; a < end; a++) {
        const i = from[a]!
        if (i >= experts) continue
        const row = at + i * experts
        for (let b = t * topK; b < (t + 1) * topK; b++) {
          const j = ids[b]!
          if (j < experts) table[row + j]!++
        }
      }
    }
  }
}

/**
 * Shares from counts at `at`, so that none is zero: `(count + mass x prior) / (total + mass)`. Without a prior, half a
 * selection is added to each expert (Krichevsky and Trofimov, 1981).
 */
export const shares = (
  counts: ArrayLike<number>,
  at: number,
  into: Float32Array | Float64Array,
  to: number,
  experts: number,
  prior?: ArrayLike<number>,
  mass = experts / 2
): void => {
  let total = 0
  for (let e = 0; e < experts; e++) total += counts[at + e]!
  for (let e = 0; e < experts; e++) {
    into[to + e] = (counts[at + e]! + mass * (prior === undefined ? 1 / experts : prior[e]!)) / (total + mass)
  }
}

/** Shares of all selections in a table of counts. */
export const popularityOf = (counts: ArrayLike<number>, experts: number): Float64Array => {
  const popularity = new Float64Array(experts)
  shares(counts, 0, popularity, 0, experts)
  return popularity
}
