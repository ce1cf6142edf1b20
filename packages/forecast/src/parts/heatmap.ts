/**
 * Forecasts from heatmaps: P(expert j | expert i was chosen one token, two tokens or one layer before).
 *
 * A token chooses several experts, so several rows speak. `average` is the study's predictor: the mean of the rows.
 * `product` takes each row as evidence: log P(j) plus the sum over i of log P(j | i) / P(j), as naive Bayes would, but
 * divided by the root of their number, because the experts of one token are not independent.
 */
import { heatmapKernel } from "../kernels/heatmap.ts"
import { countFold, countPairs, countSelections, popularityOf, shares } from "./counting.ts"
import { recentSteps } from "./recent.ts"
import { forecastContract, type LayerForecaster, type LayerSetup, type Predictor } from "../predictor.ts"

export interface HeatmapKind {
  readonly id: string
  readonly title: string
  readonly description: string
  /** Tokens back, or the MoE layer before of the same token. */
  readonly from: 1 | 2 | "layer"
  readonly rows: "average" | "product"
}

/** Tokens' worth of popularity that back a row. */
const backOffTokens = 5

/** Adds up rows of the table; a hot loop, without allocation. */
const addRows = (
  table: Float32Array,
  experts: number,
  ids: ArrayLike<number>,
  from: number,
  to: number,
  scores: Float64Array
): number => {
  let rows = 0
  for (let i = from; i < to; i++) {
    const id = ids[i]!
    if (id >= experts) continue
    const row = id * experts
    for (let e = 0; e < experts; e++) scores[e]! += table[row + e]!
    rows++
  }
  return rows
}

/** Turns logarithms into shares; a hot loop, without allocation. */
export const softmax = (scores: Float64Array): void => {
  let most = -Infinity
  for (let e = 0; e < scores.length; e++) if (scores[e]! > most) most = scores[e]!
  let total = 0
  for (let e = 0; e < scores.length; e++) total += scores[e] = Math.exp(scores[e]! - most)
  for (let e = 0; e < scores.length; e++) scores[e]! /= total
}

const makeTable = (counts: Uint32Array, popularity: Float64Array, { experts, topK }: LayerSetup, log: boolean) => {
  const table = new Float32Array(experts * experts)
  for (let i = 0; i < experts; i++) {
    shares(counts, experts + i * experts, table, i * experts, experts, popularity, backOffTokens * topK)
    if (log)
      for (let e = 0; e < experts; e++) table[i * experts + e] = Math.log(table[i * experts + e]! / popularity[e]!)
  }
  return table
}

const forecaster = (counts: Uint32Array, setup: LayerSetup, kind: HeatmapKind): LayerForecaster => {
  const { experts, topK } = setup
  const popularity = popularityOf(counts, experts)
  const product = kind.rows === "product"
  const table = makeTable(counts, popularity, setup, product)
  const logPopularity = popularity.map(Math.log)
  const depth = kind.from === "layer" ? 0 : kind.from

  /** Scores from the rows that `addRows` added up. */
  const conclude = (scores: Float64Array, rows: number): void => {
    if (rows === 0) scores.set(popularity)
    else if (product) {
      // Of a unit with more selections than one token makes, the evidence of an average token.
      const scale = rows <= topK ? 1 / Math.sqrt(rows) : Math.sqrt(topK) / rows
      for (let e = 0; e < experts; e++) scores[e] = logPopularity[e]! + scale * scores[e]!
      softmax(scores)
    } else for (let e = 0; e < experts; e++) scores[e]! /= rows
  }

  const kernel = heatmapKernel(table, experts, topK, product ? logPopularity : undefined)
  const predict = (ids: ArrayLike<number>, from: number, to: number, scores: Float64Array): void => {
    const rows = kernel === undefined ? -1 : kernel(ids, from, to, scores)
    if (rows === 0) scores.set(popularity)
    else if (rows < 0) {
      scores.fill(0)
      conclude(scores, addRows(table, experts, ids, from, to, scores))
    }
  }

  return {
    cost: {
      tableBytes: 2 * (experts * experts + experts),
      unitBytes: 2 * depth * topK,
      operations: topK * experts + (product ? 3 : 1) * experts
    },
    open: (units) => {
      const recent = depth === 0 ? undefined : recentSteps(units, depth, experts, topK)
      return {
        begin: (unit) => recent?.forget(unit),
        observe: (unit, _step, ids, from, to) => recent?.push(unit, ids, from, to),
        predict: (unit, _step, scores, earlier, from, to) => {
          if (recent === undefined) predict(earlier, from, to, scores)
          else predict(recent.ids(unit, depth), 0, recent.count(unit, depth), scores)
        }
      }
    }
  }
}

/** A predictor from one heatmap. */
export const heatmapPredictor = (kind: HeatmapKind): Predictor => ({
  contract: forecastContract,
  id: kind.id,
  title: kind.title,
  description: kind.description,
  lead: kind.from === "layer" ? "layer" : "token",
  probabilities: true,
  train: (setup) =>
    countFold(
      setup.experts * (setup.experts + 1),
      (rows, table) => {
        countSelections(rows, table)
        const { current, earlier } = rows
        if (kind.from !== "layer") countPairs(rows, current.ids, kind.from, table, setup.experts)
        else if (earlier !== undefined) countPairs(rows, earlier.ids, 0, table, setup.experts)
      },
      (counts) => forecaster(counts, setup, kind)
    )
})
