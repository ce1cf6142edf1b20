/** What is to be simulated of caches of experts. */
import type { Predictor } from "@moira/forecast"
import type { BuiltHardware } from "@moira/hardware"
import type { CachePolicy } from "@moira/caches"
import type { CacheScope, PrefetchFor } from "./cache-run-options.ts"
import type { CacheSize } from "./sizes.ts"

export interface OffloadOptions {
  readonly machines: ReadonlyArray<BuiltHardware>
  readonly policies: ReadonlyArray<CachePolicy>
  /** Eight sizes up to what fits when left out. */
  readonly caches?: ReadonlyArray<CacheSize>
  readonly scope: CacheScope
  /** Experts to fetch ahead for a step; the oracles that see the future do without. */
  readonly prefetch: ReadonlyArray<number>
  readonly prefetchFor: PrefetchFor
  readonly batches: ReadonlyArray<number>
  /** Says who makes room, to policies that ask. */
  readonly cachePredictor: Predictor
  /** Says what to fetch ahead. */
  readonly prefetchPredictor: Predictor
  readonly betweenPs: number
  /** The model's serving format when left out. */
  readonly bytesPerWeight?: number
  /** Most requests to judge on, and most decode tokens of each. */
  readonly requests?: number
  readonly steps?: number
  readonly seed: number
}
