/** Where verdicts turn, all in one place, and why there. `supported` needs the greater bar, `weak` the lesser one. */

/**
 * Lift over what needs no condition (popularity, an even layout), in shares of selections, that the low end of the
 * interval must reach. Two points in a hundred are what a cache or a prefetcher would show in its hit rate; half a
 * point is what a split of requests moves by chance in traces of a few hundred requests.
 */
export const lift = { supported: 0.02, weak: 0.005 } as const

/** Spearman's rho: the study calls more than 0.7 strong and up to 0.4 weak. */
export const rho = { supported: 0.7, weak: 0.4 } as const

/**
 * Load of the most loaded unit over the mean when units hold experts in order. Under 1.05 no benchmark of serving
 * would show it; from 1.2 on a fifth of the machine waits.
 */
export const imbalance = { supported: 1.2, weak: 1.05 } as const

/** Share of selections beyond an even one that the hottest 20 % must take, held out: as much again, or a quarter. */
export const concentration = { supported: 1, weak: 0.25 } as const

/**
 * Distance between tasks over the 95th percentile that requests dealt to the tasks at random show. One pair in twenty
 * reaches 1 by chance, so the mean over pairs must exceed it, and by half to act on.
 */
export const distance = { supported: 1.5, weak: 1.1 } as const

/** Units that placement is judged for where nobody says how many there are: a node of GPUs, and the study's Dojo wafer. */
export const units: ReadonlyArray<number> = [8, 25]

/** Hit rate that a cache is sized for. */
export const hitRate = 0.75

/** Held-out requests below which a bootstrap interval is too narrow to call anything supported. */
export const minJudges = 8

/** An expert is hot from this many times the mean share on, as in the spatial analysis. */
export const hotOverMean = 2
