/**
 * How far the loads that a placement meets drift from the counts it was made from. Counts of millions of tokens have no
 * sampling noise to speak of; other prompts, or decode after prefill, are what changes.
 */

/** A factor model of an expert's load after drift: what all experts do, what its routing group does, what it does alone. */
export interface Drift {
  /** Part of the way that loads go back towards the layer's mean: hot experts cool down, rare ones come up. */
  readonly shrink: number
  /** Relative deviation of an expert's load by itself. */
  readonly expertSd: number
  /** Relative deviation that all experts of one routing group share: they rise and fall together. */
  readonly groupSd: number
}

/**
 * Measured between prefill and decode counts of DeepSeek-671B, two workloads of 58 layers x 256 experts: decode on
 * prefill load has a least-squares slope of 0.66 and 0.79; what the load does not tell of the logarithm of their ratio
 * deviates by 0.40 and 0.29; 15 and 6 % of that variance is common to a routing group of 32 experts.
 * `scripts/place/measure-drift.ts` prints these.
 */
export const measuredDrift: Drift = { shrink: 0.25, expertSd: 0.35, groupSd: 0.13 }
