/**
 * What agreement of two phases the sample size allows: the larger phase against itself thinned to the size of the smaller one.
 * Were both phases of one law, figures would come out about so; few tokens alone make ranks disagree.
 */
import { random, substream } from "@moira/core"
import { meanOfKnown, spearman, sum, thinned } from "@moira/core/statistics"
import type { PhaseCeiling } from "@moira/results"
import { statisticsKernels } from "@moira/trace/kernels"
import { heatmapRhos } from "./heatmap-rank.ts"
import { overlaps } from "./overlap.ts"

/** Thinned samples of frequencies, whose figures are averaged; of heatmaps one tells enough. */
const draws = 8

type Counts = ArrayLike<number>

/** The larger of two phases, and the share of it that is as large as the smaller. */
const larger = (prefill: Counts, decode: Counts) => {
  const [a, b] = [sum(prefill), sum(decode)]
  return {
    ofDecode: b >= a,
    counts: b >= a ? decode : prefill,
    share: a === 0 && b === 0 ? 1 : Math.min(a, b) / Math.max(a, b)
  }
}

/** Of frequencies by expert: rank correlation and overlaps of the top 5, 10 and 20. */
export const frequencyCeiling = (
  prefill: Counts,
  decode: Counts,
  seed: number
): Pick<PhaseCeiling, "rhoFrequency" | "overlapTop5" | "overlapTop10" | "overlapTop20"> => {
  const { ofDecode, counts, share } = larger(prefill, decode)
  const samples = Array.from({ length: draws }, (_, d) => thinned(counts, share, random(substream(seed, "ceiling", d))))
  const sizes = [5, 10, 20]
  const shares = samples.map((sample) => {
    if (sum(sample) === 0) return sizes.map(() => null)
    return ofDecode ? overlaps(sample, counts, sizes) : overlaps(counts, sample, sizes)
  })
  const mostly = (k: number) => meanOfKnown(shares.map((of) => of[k]!))
  return {
    rhoFrequency: meanOfKnown(samples.map((sample) => spearman(sample, counts))),
    overlapTop5: mostly(0),
    overlapTop10: mostly(1),
    overlapTop20: mostly(2)
  }
}

/** Sum of the cells of a heatmap. */
const total = (counts: Uint32Array): number => {
  let all = 0
  for (let cell = 0; cell < counts.length; cell++) all += counts[cell]!
  return all
}

/** Rank correlation of two heatmaps given as joint counts, and what the sample size allows; `null` where they cannot be ranked. */
export const heatmapAgreement = (
  prefill: Uint32Array,
  decode: Uint32Array,
  experts: number,
  seed: number
): { readonly rho: number | null; readonly ceiling: number | null } => {
  const [a, b] = [total(prefill), total(decode)]
  const [counts, other] = b >= a ? [decode, prefill] : [prefill, decode]
  const share = a === 0 && b === 0 ? 1 : Math.min(a, b) / Math.max(a, b)
  const sample = statisticsKernels().thinned(counts, share, substream(seed, "ceiling of heatmap"))
  const rhoWith = heatmapRhos(counts, experts)
  return { rho: rhoWith(other), ceiling: rhoWith(sample) }
}
