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

/** Cumulative counts of the best 1, 2, ... candidates of row `i`, added to `into`. */
const addBest = (matrix: Uint32Array, experts: number, i: number, into: Float64Array): void => {
  const row = matrix.subarray(i * experts, (i + 1) * experts).toSorted()
  let sum = 0
  for (let n = 0; n < experts; n++) {
    sum += row[experts - 1 - n]!
    into[n]! += sum
  }
}

const cumulative = (matrix: Uint32Array, experts: number, rows: Iterable<number>): ReadonlyArray<number> => {
  const best = new Float64Array(experts)
  for (const i of rows) addBest(matrix, experts, i, best)
  const all = best[experts - 1]!
  return Array.from(best, (count) => count / all)
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
  const cdf = cumulative(all, experts, starts.keys())
  const topExpertCdf = cumulative(all, experts, [topExpert])
  const across = (only?: number) =>
    given({ acrossTasks: settings.tasks && acrossTasks(counts, n, settings.tasks.tasks, only) })
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
