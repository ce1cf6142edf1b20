/** Ob4 from counts alone: what serving engines record when they do not record tokens. */
import { type CountsWorkloadResult } from "@moira/results"
import { type ExpertCounts, isDegenerate, sumSteps } from "@moira/trace"
import { defaultSplit, heldOutMask, sum, topCount, topIndices } from "@moira/core/statistics"
import { entropyBits, gini, skewMaxOverMean } from "./concentration.ts"
import type { HeldOutHits } from "./mean-coverage.ts"
import type { SpatialOptions } from "./options.ts"
import { coverage, topCoverage, topShares } from "./popularity-layer.ts"
import { popularityOver } from "./popularity.ts"

/** Options of a counts analysis; the split is over recorded steps. */
export type CountsOptions = Pick<SpatialOptions, "split" | "seed" | "topShare" | "draws" | "topExperts">

/** Selections of one layer on one side of the split. */
const sideOf = ({ counts, steps, layers, experts }: ExpertCounts, l: number, heldOut: Uint8Array, side: 0 | 1) => {
  const sums = new Float64Array(experts)
  for (let step = 0; step < steps; step++) {
    if (heldOut[step] !== side) continue
    const at = (step * layers.length + l) * experts
    for (let e = 0; e < experts; e++) sums[e]! += counts[at + e]!
  }
  return sums
}

/** Selections of held-out steps, in all and of the marked experts, by step. */
const judge = (
  { counts, steps, layers, experts }: ExpertCounts,
  l: number,
  heldOut: Uint8Array,
  marked: ReadonlySet<number>
): HeldOutHits => {
  const [totals, hits] = [new Float64Array(steps), new Float64Array(steps)]
  for (let step = 0; step < steps; step++) {
    if (heldOut[step] !== 1) continue
    const at = (step * layers.length + l) * experts
    for (let e = 0; e < experts; e++) {
      totals[step]! += counts[at + e]!
      if (marked.has(e)) hits[step]! += counts[at + e]!
    }
  }
  return { totals, hits }
}

/**
 * Popularity of one workload by layer, with means over layers that are not degenerate. Held-out figures choose on some
 * of the recorded steps and judge on the others; a workload of one step has none.
 */
export const countsPopularity = (of: ExpertCounts, options: CountsOptions = {}): CountsWorkloadResult => {
  const { split = defaultSplit, topShare = 0.2, draws = 400, topExperts = 10 } = options
  const { workload, phase, steps, layers, experts } = of
  const bootstrap = { seed: options.seed ?? split.seed, draws }
  const heldOut = heldOutMask(steps, split)
  const sums = sumSteps(of)
  const measured = layers.flatMap((layer, l) => {
    const counts = sums.subarray(l * experts, (l + 1) * experts)
    if (sum(counts) === 0) return []
    const [train, judging] = [sideOf(of, l, heldOut, 0), sideOf(of, l, heldOut, 1)]
    const heldOutHits = judge(of, l, heldOut, new Set(topIndices(train, topCount(experts, topShare))))
    const result = {
      layer,
      degenerate: isDegenerate(counts),
      counts: Array.from(counts),
      skewMaxOverMean: skewMaxOverMean(counts),
      gini: gini(counts),
      entropyBits: entropyBits(counts),
      coverage: coverage(counts, sum(train) > 0, heldOutHits, { topShare, bootstrap }),
      topN: topCoverage(counts, train, judging),
      top: topShares(counts, topExperts)
    }
    return [{ result, heldOutHits }]
  })
  const held = new Set(measured.map(({ result }) => result.layer))
  return {
    workload,
    phase,
    steps,
    selections: sum(sums),
    ...popularityOver(measured, bootstrap),
    emptyLayers: layers.filter((layer) => !held.has(layer))
  }
}
