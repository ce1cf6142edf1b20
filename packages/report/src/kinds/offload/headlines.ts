/** What caches of experts are told by: the policy that is furthest above LRU. */
import type { Evidence } from "@moira/results"
import { percent, points, real } from "../../format.ts"
import type { Headline } from "../../reported-kind.ts"
import { bestOverLru, offloadOf } from "./expert-caches.ts"

const throughputId = "throughput_tokens_per_s"

/** What a cache of experts is worth where a policy is furthest above LRU. */
export const caches = (evidence: Evidence): ReadonlyArray<Headline> => {
  const result = offloadOf(evidence)
  const best = result === undefined ? undefined : bestOverLru(result)
  if (result === undefined || best === undefined || best.gain <= 0) return []
  const { run, lru, belady } = best
  const rate = (one: typeof run) => real(one.metrics[throughputId] ?? 0)
  const bound = belady === undefined ? "" : `, Belady ${percent(belady.metrics["hit_rate"] ?? 0)}`
  return [
    {
      value: percent(run.metrics["hit_rate"] ?? 0),
      label: `of needed experts in a cache of ${percent(run.slotShare, 0)} of them, ${run.strategy}`,
      detail: `LRU ${percent(lru.metrics["hit_rate"] ?? 0)}${bound}; ${rate(run)} against ${rate(lru)} tokens/s on ${run.machine}`
    }
  ]
}

/** Where a policy hits more than LRU, how much more. */
export const cacheMessage = (evidence: Evidence, model: string): string | undefined => {
  const offload = offloadOf(evidence)
  const cache = offload === undefined ? undefined : bestOverLru(offload)
  if (cache === undefined || cache.gain <= 0) return undefined
  const { run, gain } = cache
  return `${model}: a cache of ${percent(run.slotShare, 0)} of the experts hits ${percent(run.metrics["hit_rate"] ?? 0)} with ${run.strategy}, ${points(gain).replace("+", "")} more than with LRU`
}
