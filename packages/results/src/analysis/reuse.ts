/** How soon experts are used again: what a cache of N experts would hit. */
import { Schema } from "effect"
import { Interval } from "../common.ts"

/** Hit rates of a cache that holds `experts` of a layer's experts. */
const CacheHits = Schema.Struct({
  experts: Schema.Int,
  /** Least recently used, empty at the start of a request, which makes every first use a miss. */
  lru: Schema.Finite,
  /** 95 % bootstrap interval of `lru` over requests (batches); only of means. */
  interval: Schema.NullOr(Interval),
  /** Held out: the most used experts of the training requests, always there. `null` where it cannot be measured. */
  popularity: Schema.NullOr(Schema.Finite)
})
type CacheHits = typeof CacheHits.Type

const ReuseLayer = Schema.Struct({
  layer: Schema.Int,
  degenerate: Schema.Boolean,
  /** Uses of an expert in a decode step; of a batch, each expert once a step. */
  uses: Schema.Int,
  /** Uses of an expert that its request (batch) had not used before. */
  firstUses: Schema.Int,
  /**
   * `depths[n - 1]` uses found n distinct experts used from the last use on, that expert included: a
   * least-recently-used cache hits them from n experts on.
   */
  depths: Schema.Array(Schema.Int),
  caches: Schema.Array(CacheHits)
})
type ReuseLayer = typeof ReuseLayer.Type

export const BatchReuse = Schema.Struct({
  /** Requests that decode side by side; 1 is within a request. */
  batch: Schema.Int,
  /** How many such batches, of consecutive requests of the trace. */
  batches: Schema.Int,
  layers: Schema.Array(ReuseLayer),
  degenerateLayers: Schema.Array(Schema.Int),
  /** Means over layers that are not degenerate; `null` without any. */
  mean: Schema.NullOr(
    Schema.Struct({
      firstUseShare: Schema.Finite,
      /** `lru[n - 1]`: hit rate of a least-recently-used cache of n experts. */
      lru: Schema.Array(Schema.Finite),
      /** The same for the always cached most popular ones, held out. */
      popularity: Schema.NullOr(Schema.Array(Schema.Finite)),
      caches: Schema.Array(CacheHits)
    })
  )
})
export type BatchReuse = typeof BatchReuse.Type

export const Reuse = Schema.Struct({ batches: Schema.Array(BatchReuse) })
export type Reuse = typeof Reuse.Type
