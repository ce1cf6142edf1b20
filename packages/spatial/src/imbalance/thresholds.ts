/** Where advice turns, and why there. */

/**
 * A gain of MoE time that pays for memory, for rearranging and for one more thing that can break. Serving benchmarks
 * differ by a few per cent from run to run, so less than this would not be seen. For the same reason more slots, which cost
 * memory, are advised only where they gain as much again over fewer.
 */
export const worthwhileGain = 1.05

/** A gain whose interval excludes 1 by more than rounding, but that a measurement would hardly show. */
export const visibleGain = 1.01

/** Judging samples below which a percentile bootstrap is known to be too narrow to rest a yes on. */
export const minJudges = 8

/** An expert is hot from this many times the mean load on, as in the profiles of tasks. */
export { hotOverMean } from "../sharing-layer.ts"
