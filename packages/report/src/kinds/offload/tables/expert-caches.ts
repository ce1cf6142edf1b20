import type { OffloadRun } from "@moira/results"
import { offloadOf, slotsTitle } from "../expert-caches.ts"
import { column, table } from "../../../table.ts"

const metric = (run: OffloadRun, id: string): number | null => run.metrics[id] ?? null

/** Every cache: what it hits, how fast that is, what it moves. */
export const expertCacheRows = table({ id: "expert_caches", section: "caches", place: "open" }, (evidence) => {
  const result = offloadOf(evidence)
  const ahead = result?.runs.some(({ prefetch }) => prefetch > 0) ?? false
  const machines = new Set(result?.runs.map(({ machine }) => machine))
  return {
    title: machines.size === 1 ? `Caches of experts on ${[...machines][0]}` : "Caches of experts",
    columns: [
      column("machine", "Machine", "text", machines.size === 1),
      column("batch", "Batch", "whole"),
      column("strategy", "Policy", "text"),
      column("prefetch", "Ahead", "whole", !ahead),
      column("slots", result === undefined ? "Slots" : slotsTitle(result), "whole"),
      column("slot_share", "Of experts", "share"),
      column("hit_rate", "Hit rate", "share"),
      column("hit_rate_low", "95 % from", "share"),
      column("hit_rate_high", "95 % to", "share"),
      column("tokens_per_s", "Tokens/s", "real"),
      column("tokens_per_s_low", "Tokens/s from", "real", true),
      column("tokens_per_s_high", "Tokens/s to", "real", true),
      column("resident_share", "Of full speed", "share"),
      column("moved_bytes_per_token", "Moved a token", "bytes"),
      column("stall_share", "Stalls", "share"),
      column("link_utilisation", "Link busy", "share"),
      column("late_rate", "Late", "share", !ahead),
      column("prefetch_accuracy", "Prefetch accuracy", "share", !ahead),
      column("prefetch_coverage", "Prefetch coverage", "share", !ahead),
      column("moved_bytes", "Moved", "bytes", true),
      column("expert_copies", "Experts copied", "whole", true),
      column("time_ps", "Time (ps)", "ps", true)
    ],
    rows: (result?.runs ?? []).map((run) => [
      run.machine,
      run.batch,
      run.strategy,
      run.prefetch,
      run.slots,
      run.slotShare,
      metric(run, "hit_rate"),
      run.hitRateInterval?.[0] ?? null,
      run.hitRateInterval?.[1] ?? null,
      metric(run, "throughput_tokens_per_s"),
      run.throughputInterval?.[0] ?? null,
      run.throughputInterval?.[1] ?? null,
      metric(run, "resident_share"),
      metric(run, "moved_bytes_per_token"),
      metric(run, "stall_share"),
      metric(run, "link_utilisation"),
      metric(run, "late_rate"),
      metric(run, "prefetch_accuracy"),
      metric(run, "prefetch_coverage"),
      metric(run, "moved_bytes"),
      metric(run, "expert_copies"),
      metric(run, "time_ps")
    ])
  }
})

/** Hit rate of every cache at each layer. */
export const expertCacheLayerRows = table(
  { id: "expert_cache_layers", section: "caches", place: "csv" },
  (evidence) => ({
    title: "Hit rate of caches of experts by layer",
    columns: [
      column("machine", "Machine", "text"),
      column("batch", "Batch", "whole"),
      column("strategy", "Policy", "text"),
      column("prefetch", "Ahead", "whole"),
      column("slots", "Slots", "whole"),
      column("layer", "Layer", "whole"),
      column("hit_rate", "Hit rate", "share")
    ],
    rows: (offloadOf(evidence)?.runs ?? []).flatMap(({ machine, batch, strategy, prefetch, slots, layers }) =>
      layers.map(({ layer, hitRate }) => [machine, batch, strategy, prefetch, slots, layer, hitRate])
    )
  })
)
