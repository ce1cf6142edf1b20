import type { BatchReuse, Evidence } from "@moira/results"
import { temporalOf } from "../found.ts"
import { column, table } from "../../../table.ts"

const batchesOf = (evidence: Evidence): ReadonlyArray<BatchReuse> => temporalOf(evidence)?.reuse?.batches ?? []

/** Hit rates of a few sizes of cache, averaged over layers. */
export const cacheMeans = table({ id: "cache_hits", section: "temporal", place: "open" }, (evidence) => ({
  title: "Hit rate of a cache of experts in decode, means over layers",
  columns: [
    column("batch", "Requests side by side", "text"),
    column("cached_experts", "Experts cached", "text"),
    column("lru", "LRU", "share"),
    column("lru_low", "95 % from", "share"),
    column("lru_high", "95 % to", "share"),
    column("popularity", "Most popular, held out", "share"),
    column("first_uses", "First uses", "share")
  ],
  rows: batchesOf(evidence).flatMap(({ batch, mean }) =>
    (mean?.caches ?? []).map(({ experts, lru, interval, popularity }) => [
      batch,
      experts,
      lru,
      interval && interval[0],
      interval && interval[1],
      popularity,
      mean!.firstUseShare
    ])
  )
}))

/** The same at each layer. */
export const cacheLayers = table({ id: "cache_hits_layers", section: "temporal", place: "csv" }, (evidence) => ({
  title: "Hit rate of a cache of experts in decode, by layer",
  columns: [
    column("batch", "Requests side by side", "text"),
    column("layer", "Layer", "text"),
    column("degenerate", "Degenerate", "flag"),
    column("uses", "Uses", "whole"),
    column("first_uses", "First uses", "whole"),
    column("cached_experts", "Experts cached", "text"),
    column("lru", "LRU", "share"),
    column("popularity", "Most popular, held out", "share")
  ],
  rows: batchesOf(evidence).flatMap(({ batch, layers }) =>
    layers.flatMap(({ layer, degenerate, uses, firstUses, caches }) =>
      caches.map(({ experts, lru, popularity }) => [
        batch,
        layer,
        degenerate,
        uses,
        firstUses,
        experts,
        lru,
        popularity
      ])
    )
  )
}))

/** Exact reuse depths of every layer. */
export const reuseDepths = table({ id: "reuse_depths", section: "temporal", place: "csv" }, (evidence) => ({
  title: "Uses by reuse depth",
  columns: [
    column("batch", "Requests side by side", "text"),
    column("layer", "Layer", "text"),
    column("depth", "Distinct experts since the last use", "text"),
    column("uses", "Uses", "whole")
  ],
  rows: batchesOf(evidence).flatMap(({ batch, layers }) =>
    layers.flatMap(({ layer, depths }) => depths.map((uses, d) => [batch, layer, d + 1, uses]))
  )
}))
