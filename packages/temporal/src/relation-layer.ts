/** The relation of one layer: Ob1 to the next MoE layer, Ob2 to the next token. */
import { type RelationLayer } from "@moira/results"
import { given } from "@moira/core"
import { topCount } from "@moira/core/statistics"
import { acrossTasks } from "./across-tasks.ts"
import { coverageOf } from "./coverage.ts"
import { choose, type HeldOutHits, judge } from "./held-out.ts"
import { diagonalLift, type JointCounts, rowSums } from "./joint.ts"
import type { Settings } from "./options.ts"
import type { Steps } from "./steps.ts"

/** What is kept of a layer until all layers are there. */
export interface RelationSummary {
  readonly layerIndex: number
  readonly result: RelationLayer
  readonly heldOutHits: HeldOutHits
  readonly topHeldOutHits: HeldOutHits
  /** Joint counts of all requests; dropped where no heatmap is shown. */
  readonly matrix: Uint32Array | undefined
}

export interface RelationInput {
  readonly layerIndex: number
  readonly layer: number
  readonly nextLayer: number
  readonly degenerate: boolean
  readonly steps: ReadonlyArray<Steps>
  readonly counts: JointCounts
}

/**
 * Shares of the best 1, 2, ... candidates of rows `from` to `to - 1`, all rows together. Counts of the candidates of one
 * rank are whole numbers, so they add up to the same in any order. A hot loop over cells.
 */
const cumulative = (matrix: Uint32Array, experts: number, from: number, to: number): ReadonlyArray<number> => {
  const ofRank = new Float64Array(experts)
  const found = new Uint32Array(4 * experts)
  const row = new Uint32Array(experts)
  for (let i = from; i < to; i++) {
    let most = 0
    for (let j = 0; j < experts; j++) {
      const count = matrix[i * experts + j]!
      row[j] = count
      if (count > most) most = count
    }
    if (most < found.length) {
      // Small counts are dealt out from the greatest on; what lacks at the end are zeros.
      for (let j = 0; j < experts; j++) found[row[j]!]!++
      for (let count = most, rank = 0; count > 0; count--) {
        for (let left = found[count]!; left > 0; left--) ofRank[rank++]! += count
      }
      found.fill(0, 0, most + 1)
    } else {
      row.sort()
      for (let rank = 0; rank < experts; rank++) ofRank[rank]! += row[experts - 1 - rank]!
    }
  }
  let all = 0
  for (let rank = 0; rank < experts; rank++) all += ofRank[rank]!
  let best = 0
  return Array.from(ofRank, (count) => (best += count) / all)
}

/** Measures one layer; undefined where no step has recorded selections at both ends. */
export const relationLayer = (input: RelationInput, settings: Settings): RelationSummary | undefined => {
  const { layerIndex, layer, nextLayer, degenerate, steps, counts } = input
  const { all, train, experts } = counts
  const starts = rowSums(all, experts)
  const topExpert = starts.indexOf(starts.reduce((most, count) => Math.max(most, count), 0))
  if (starts[topExpert] === 0) return undefined
  const n = topCount(experts, settings.topShare)
  const heldOutHits = judge(steps, choose(counts, n), topExpert, settings.heldOut)
  const trained = train.some((count) => count > 0)
  const cdf = cumulative(all, experts, 0, experts)
  const topExpertCdf = cumulative(all, experts, topExpert, topExpert + 1)
  const ofTasks = settings.tasks && acrossTasks(counts, n, settings.tasks.tasks)
  const across = (only?: number) => given({ acrossTasks: ofTasks?.(only) })
  return {
    layerIndex,
    result: {
      layer,
      nextLayer,
      degenerate,
      coverage: { ...coverageOf(cdf[n - 1]!, heldOutHits.all, trained, settings.bootstrap), ...across() },
      topExpert,
      topExpertCoverage: {
        ...coverageOf(topExpertCdf[n - 1]!, heldOutHits.top, trained, settings.bootstrap),
        ...across(topExpert)
      },
      cdf,
      topExpertCdf,
      diagonalLift: diagonalLift(all, experts)
    },
    heldOutHits: heldOutHits.all,
    topHeldOutHits: heldOutHits.top,
    matrix: all
  }
}
