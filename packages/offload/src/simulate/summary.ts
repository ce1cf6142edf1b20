/** From the counts of a cache run to a run of the result. */
import { bootstrapRatio, groupsOfBatches, sum } from "@moira/core/statistics"
import { type OffloadRun } from "@moira/results"
import type { CachePolicy } from "@moira/caches"
import type { OffloadCost } from "./cost.ts"
import type { CacheRunTotals } from "./cache-run-options.ts"
import type { DecodeStream } from "./stream.ts"

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

export interface RunScene {
  readonly machine: string
  readonly stream: DecodeStream
  readonly cost: OffloadCost
  /** Picoseconds of each layer step with all experts there. */
  readonly computePs: Float64Array
  readonly betweenPs: number
  readonly policy: CachePolicy
  readonly prefetch: number
  readonly slots: number
  /** Experts that one pool is for. */
  readonly poolExperts: number
  readonly seed: number
}

/** Intervals are over batches, which of batch 1 are requests; those that share a group of requests are drawn together. */
export const summarise = (totals: CacheRunTotals, scene: RunScene): OffloadRun => {
  const { machine, stream, cost, computePs, betweenPs, policy, prefetch, slots, poolExperts, seed } = scene
  const [needs, hits, timePs] = [sum(totals.needs), sum(totals.hits), sum(totals.timePs)]
  const tokens = sum(stream.batchTokens)
  const copies = sum(totals.copies)
  const residentPs = sum(computePs) + betweenPs * stream.layerSteps
  const movedBytes = copies * cost.expertBytes
  const fetchedForUse = totals.aheadUsed + totals.misses
  const groups = groupsOfBatches(stream.heldOut.groups, stream.batch, stream.batchTokens.length)
  const seconds = totals.timePs.map((ps) => ps / 1e12)
  return {
    machine,
    batch: stream.batch,
    strategy: policy.id,
    title: policy.title,
    knows: policy.knows,
    prefetch,
    slots,
    slotShare: slots / poolExperts,
    metrics: {
      throughput_tokens_per_s: tokens / (timePs / 1e12),
      time_ps: timePs,
      layer_time_ps: timePs / stream.layerSteps,
      tokens,
      hit_rate: ratio(hits, needs),
      late_rate: ratio(totals.late, needs),
      expert_copies: copies,
      moved_bytes: movedBytes,
      moved_bytes_per_token: movedBytes / tokens,
      stall_share: totals.stallPs / timePs,
      link_utilisation: Math.min(1, totals.linkBusyPs / timePs),
      resident_share: residentPs / timePs,
      ...(prefetch === 0
        ? {}
        : {
            prefetched_experts: totals.ahead,
            prefetch_accuracy: ratio(totals.aheadUsed, totals.ahead),
            prefetch_coverage: ratio(totals.aheadUsed, fetchedForUse)
          })
    },
    hitRateInterval: bootstrapRatio(totals.hits, totals.needs, { seed, groups }) ?? null,
    throughputInterval: bootstrapRatio(stream.batchTokens, seconds, { seed, groups }) ?? null,
    layers: stream.heldOut.layers.map((layer, l) => ({
      layer,
      hitRate: stream.layerNeeds[l] === 0 ? null : totals.layerHits[l]! / stream.layerNeeds[l]!
    }))
  }
}
