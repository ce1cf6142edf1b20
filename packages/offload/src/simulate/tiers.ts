/** Which of the memories behind the unit an expert is read from. */
import lru from "@moira/caches/policies/lru"
import type { ExpertTier } from "./cost.ts"

/** Hot: returns the index of the nearest tier that has the expert, which the tiers before it then have too. */
export type ReadTier = (key: number) => number

/** The nearest tier with room for every expert holds them all from the start; those before it the ones read last (LRU). */
export const makeTiers = (tiers: ReadonlyArray<ExpertTier>, all: number): ReadTier => {
  const whole = tiers.findIndex(({ experts }) => experts >= all)
  const nothing = new Float64Array(all)
  const before = tiers.slice(0, whole).map(({ experts }) => ({
    experts,
    used: 0,
    held: new Uint8Array(all),
    pool: lru.prepare({
      keys: all,
      slots: experts,
      busy: new Uint8Array(all),
      popularity: nothing,
      scores: nothing,
      nextUse: nothing
    })
  }))
  return (key) => {
    let from = 0
    while (from < before.length && before[from]!.held[key] === 0) from++
    for (let t = 0; t < before.length; t++) {
      const tier = before[t]!
      if (tier.held[key] === 1) {
        // A hit is only seen by the tier that answers.
        if (t === from) tier.pool.use(key)
        continue
      }
      if (t >= from || tier.experts === 0) continue
      if (tier.used === tier.experts) tier.held[tier.pool.evict()] = 0
      else tier.used++
      tier.held[key] = 1
      tier.pool.insert(key)
    }
    return from
  }
}
