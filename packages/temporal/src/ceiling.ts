/**
 * What agreement of two phases the sample size allows: the larger phase against itself thinned to the size of the smaller one.
 * Were both phases of one law, figures would come out about so; few tokens alone make ranks disagree.
 */
import { random, substream } from "@moira/core"
import { meanOfKnown, spearman, sum, thinned } from "@moira/core/statistics"
import type { PhaseCeiling } from "@moira/results"
import { heatmapRho } from "./heatmap-rank.ts"
import { overlap } from "./overlap.ts"

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
  const mostly = (n: number) =>
    meanOfKnown(
      samples.map((sample) => {
        if (sum(sample) === 0) return null
        return ofDecode ? overlap(sample, counts, n) : overlap(counts, sample, n)
      })
    )
  return {
    rhoFrequency: meanOfKnown(samples.map((sample) => spearman(sample, counts))),
    overlapTop5: mostly(5),
    overlapTop10: mostly(10),
    overlapTop20: mostly(20)
  }
}

/** Of two heatmaps given as joint counts; `null` where they cannot be ranked. */
export const heatmapCeiling = (
  prefill: Uint32Array,
  decode: Uint32Array,
  experts: number,
  seed: number
): number | null => {
  const { counts, share } = larger(prefill, decode)
  const sample = Uint32Array.from(thinned(counts, share, random(substream(seed, "ceiling of heatmap"))))
  return heatmapRho(sample, Uint32Array.from(counts), experts)
}
