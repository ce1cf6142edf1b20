/** Blocks of experts that tokens select together. */
import { Schema } from "effect"
import { Interval } from "../common.ts"

/**
 * A partition of the experts, chosen on training requests and judged on held-out ones.
 *
 * `contrast` is how often pairs of one block are selected together, over what popularity explains, divided by the same
 * of pairs of different blocks; 1 is no affinity. The partition is `found` where that is at least 1.25 held out and at
 * most 5 % of random partitions of the same sizes reach it.
 */
export const BlockPartition = Schema.Struct({
  found: Schema.Boolean,
  /** Blocks of two experts or more; 0 where nothing was found. */
  blocks: Schema.Int,
  /** Experts of each block, largest first. */
  sizes: Schema.Array(Schema.Int),
  /** Experts that belong to no block. */
  alone: Schema.Int,
  /** Block of each expert, numbered from 0 by size, then lowest expert; -1 for those alone. Empty where none was found. */
  of: Schema.Array(Schema.Int),
  contrast: Schema.Struct({
    inSample: Schema.NullOr(Schema.Finite),
    heldOut: Schema.NullOr(Schema.Finite),
    /** Bootstrap over held-out requests; `null` for blocks common to layers. */
    interval: Schema.NullOr(Interval)
  }),
  /** Share of 99 random partitions of the same block sizes, and this one, with at least this held-out contrast. */
  p: Schema.NullOr(Schema.Finite),
  /** Agreement with the groups of the model catalogue; `null` for a model without groups or where nothing was found. */
  adjustedRand: Schema.NullOr(Schema.Finite)
})
export type BlockPartition = typeof BlockPartition.Type

export const PairBlocks = Schema.Struct({
  /** Groups that the model catalogue gives the router; they are compared with, never used. */
  catalogueGroups: Schema.NullOr(Schema.Int),
  layers: Schema.Array(Schema.Struct({ layer: Schema.Int, degenerate: Schema.Boolean, ...BlockPartition.fields })),
  /**
   * Blocks of the same expert numbers at all layers, as a router makes that is limited to groups: chosen on training
   * requests of every other layer, judged on held-out requests of the rest. `null` with fewer than two layers.
   */
  common: Schema.NullOr(BlockPartition)
})
export type PairBlocks = typeof PairBlocks.Type
