/** What describes one GPU with its experts in memory behind a link. */
import { Amount, Picoseconds, Rate, Share } from "@moira/core"
import { Schema } from "effect"

/** A memory that holds experts, and the link on which it hangs from the tier before it, or from the GPU. */
export const TierSpec = Schema.Struct({
  bytes: Rate,
  /** Kept for the system and the rest of the model. */
  reservedBytes: Amount,
  /** Achieved when an expert is read in one go. */
  bytesPerSec: Rate,
  latencyPs: Picoseconds,
  /** Data rate of the link one way, and the share of it that copies reach. */
  linkBytesPerSec: Rate,
  linkEfficiency: Share,
  /** From the request for a copy to its first byte. */
  linkLatencyPs: Picoseconds
})
export type TierSpec = typeof TierSpec.Type

export const OffloadSpec = Schema.Struct({
  /** Dense peak at 16 bits, which experts of fewer bits are expanded to. */
  flopsPerSec: Rate,
  /** Share of it that tiles of rows without end would reach; those of the kernels reach less. */
  computeEfficiency: Share,
  memoryBytes: Rate,
  /** Kept for the weights that are no experts, KV cache, activations and the runtime: the cache of experts gets the rest. */
  memoryReservedBytes: Amount,
  /** Data-sheet bandwidth, and the share of it at which expert weights stream. */
  memoryBytesPerSec: Rate,
  memoryEfficiency: Share,
  memoryLatencyPs: Picoseconds,
  /** Launches, routing and the like, once a layer; and added by every expert that is there. */
  fixedPs: Picoseconds,
  perExpertPs: Picoseconds,
  /** How sharply reading gives way to arithmetic. */
  corner: Schema.Finite.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0.5))),
  /** By name, nearest first. The last one must hold every expert; those before it hold what was read last. */
  tiers: Schema.Record(Schema.String.pipe(Schema.check(Schema.isPattern(/^[a-z][a-z0-9-]*$/))), TierSpec)
})
export type OffloadSpec = typeof OffloadSpec.Type
