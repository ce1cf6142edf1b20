/** Caches of experts: which one makes room, and one pool that policies share. */
export {
  cacheContract,
  cacheKind,
  type CacheKnowledge,
  type CachePolicy,
  type CachePool,
  type CacheSetup
} from "./cache-policy.ts"
export { makePool, type Pool, type PoolOptions } from "./core/pool.ts"
export { makeRecency, type Recency } from "./core/recency.ts"
export { belady } from "./policies/belady.ts"
export { lfuDecayed } from "./policies/lfu-decayed.ts"
export { lfu } from "./policies/lfu.ts"
export { lru } from "./policies/lru.ts"
export { pinned } from "./policies/pinned.ts"
export { forecastDriven } from "./policies/predicted.ts"
export { beladyHits, type ExpertCache, forecastCache, lruCache } from "./stream-cache.ts"
