/** Rank correlation of heatmaps, fast enough for 150,000 cells a layer: counts are small, so histograms replace sorting. */
import { averageRanks, rhoOfRanks, weightedRanks } from "@moira/core/statistics"

/** Sums, and where the counts of each row begin in a histogram that has an entry for every count of every row. */
interface RowCounts {
  readonly totals: Float64Array
  readonly bases: Float64Array
}

const rowCounts = (counts: Uint32Array, experts: number, rows: Uint32Array): RowCounts => {
  const totals = new Float64Array(rows.length)
  const bases = new Float64Array(rows.length + 1)
  for (let r = 0; r < rows.length; r++) {
    const first = rows[r]! * experts
    let most = 0
    let total = 0
    for (let k = first; k < first + experts; k++) {
      const count = counts[k]!
      total += count
      if (count > most) most = count
    }
    totals[r] = total
    bases[r + 1] = bases[r]! + most + 1
  }
  return { totals, bases }
}

/** Ranks by sorting all cells, for counts too large for a histogram. */
const sortedRanks = (counts: Uint32Array, experts: number, rows: Uint32Array, { totals }: RowCounts): Float64Array => {
  const values = new Float64Array(rows.length * experts)
  for (let r = 0, o = 0; r < rows.length; r++) {
    const first = rows[r]! * experts
    for (let k = first; k < first + experts; k++) values[o++] = counts[k]! / totals[r]!
  }
  return averageRanks(values)
}

/** Rank of each entry of the histogram, which is the rank of all cells with that count in that row. */
const histogramRanks = (histogram: Uint32Array, { totals, bases }: RowCounts): Float64Array => {
  let used = 0
  for (let key = 0; key < histogram.length; key++) if (histogram[key]! > 0) used++
  const values = new Float64Array(used)
  const weights = new Uint32Array(used)
  for (let r = 0, key = 0, k = 0; r < totals.length; r++) {
    const total = totals[r]!
    const size = bases[r + 1]! - bases[r]!
    for (let count = 0; count < size; count++, key++) {
      const weight = histogram[key]!
      if (weight === 0) continue
      values[k] = count / total
      weights[k++] = weight
    }
  }
  const ranks = weightedRanks(values, weights)
  const out = new Float64Array(histogram.length)
  for (let key = 0, k = 0; key < histogram.length; key++) if (histogram[key]! > 0) out[key] = ranks[k++]!
  return out
}

/** The largest histogram, in entries a cell; beyond it cells are sorted instead. */
const maxEntries = 8

/** Average ranks of the conditional probabilities `counts[i, j] / sum of row i` of the given rows, in row order. */
const conditionalRanks = (counts: Uint32Array, experts: number, rows: Uint32Array): Float64Array => {
  const inRows = rowCounts(counts, experts, rows)
  const size = inRows.bases[rows.length]!
  const out = new Float64Array(rows.length * experts)
  if (size > maxEntries * out.length) return sortedRanks(counts, experts, rows, inRows)
  // Equal counts of a row are equal probabilities, so there are far fewer values to sort than cells.
  const bases = Uint32Array.from(inRows.bases)
  const histogram = new Uint32Array(size)
  for (let r = 0; r < rows.length; r++) {
    const base = bases[r]!
    const first = rows[r]! * experts
    for (let k = first; k < first + experts; k++) histogram[base + counts[k]!]!++
  }
  const ranks = histogramRanks(histogram, inRows)
  for (let r = 0, o = 0; r < rows.length; r++) {
    const base = bases[r]!
    const first = rows[r]! * experts
    for (let k = first; k < first + experts; k++) out[o++] = ranks[base + counts[k]!]!
  }
  return out
}

/** Rows of a matrix that have counts. */
const seenRows = (matrix: Uint32Array, experts: number): Uint8Array => {
  const seen = new Uint8Array(experts)
  for (let i = 0, cell = 0; i < experts; i++) {
    const end = cell + experts
    for (; cell < end; cell++) {
      if (matrix[cell] === 0) continue
      seen[i] = 1
      break
    }
    cell = end
  }
  return seen
}

/** Rows that both have counts in. */
const commonRows = (a: Uint8Array, b: Uint8Array): Uint32Array => {
  const rows = new Uint32Array(a.length)
  let size = 0
  for (let i = 0; i < a.length; i++) if (a[i] === 1 && b[i] === 1) rows[size++] = i
  return rows.subarray(0, size)
}

/** Twice the centred rank of each count of each row, and the sum of their squares over all cells. */
interface Ranked {
  readonly rows: Uint32Array
  readonly bases: Uint32Array
  readonly table: Float64Array
  readonly squares: number
}

/** Cells up to which sums of products of whole numbers are exact, and so the same in any order. */
const maxExactCells = 200_000

/** Ranks without a list of all cells; undefined where counts are too large for a histogram, or cells too many. */
const ranked = (counts: Uint32Array, experts: number, rows: Uint32Array): Ranked | undefined => {
  const cells = rows.length * experts
  const inRows = rowCounts(counts, experts, rows)
  const size = inRows.bases[rows.length]!
  if (size > maxEntries * cells || cells > maxExactCells) return undefined
  const bases = Uint32Array.from(inRows.bases)
  const histogram = new Uint32Array(size)
  for (let r = 0; r < rows.length; r++) {
    const base = bases[r]!
    const first = rows[r]! * experts
    for (let k = first; k < first + experts; k++) histogram[base + counts[k]!]!++
  }
  const table = histogramRanks(histogram, inRows)
  let squares = 0
  for (let key = 0; key < size; key++) {
    const centred = 2 * table[key]! - cells - 1
    table[key] = centred
    squares += histogram[key]! * centred * centred
  }
  return { rows, bases, table, squares }
}

/** A hot loop over cells. */
const rhoOf = (a: Uint32Array, ofA: Ranked, b: Uint32Array, ofB: Ranked, experts: number): number | null => {
  const { rows } = ofA
  let products = 0
  for (let r = 0; r < rows.length; r++) {
    const [baseA, baseB] = [ofA.bases[r]!, ofB.bases[r]!]
    const first = rows[r]! * experts
    for (let k = first; k < first + experts; k++) products += ofA.table[baseA + a[k]!]! * ofB.table[baseB + b[k]!]!
  }
  return ofA.squares === 0 || ofB.squares === 0 ? null : products / Math.sqrt(ofA.squares * ofB.squares)
}

const sameRows = (a: Uint32Array, b: Uint32Array): boolean => a.length === b.length && a.every((row, r) => row === b[r])

/**
 * Spearman's rho between heatmaps of P(j | i), given as joint counts, and a first one. Conditional probabilities are what
 * the study's heatmaps show; raw joint counts would also correlate because hot experts are hot in both. Rows i that one
 * side never saw have no probabilities and are left out of both. `null` where no row is left, or one heatmap is constant
 * there. Ranks of the first one are kept from one comparison to the next.
 */
export const heatmapRhos = (first: Uint32Array, experts: number): ((other: Uint32Array) => number | null) => {
  const seen = seenRows(first, experts)
  let kept: Ranked | undefined
  return (other) => {
    const rows = commonRows(seen, seenRows(other, experts))
    if (kept === undefined || !sameRows(kept.rows, rows)) kept = ranked(first, experts, rows)
    const ofOther = kept && ranked(other, experts, rows)
    return kept === undefined || ofOther === undefined
      ? rhoOfRanks(conditionalRanks(first, experts, rows), conditionalRanks(other, experts, rows))
      : rhoOf(first, kept, other, ofOther, experts)
  }
}

export const heatmapRho = (a: Uint32Array, b: Uint32Array, experts: number): number | null => heatmapRhos(a, experts)(b)
