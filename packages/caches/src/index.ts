/** Caches of experts: which one makes room, and one pool that policies share. */
export { cacheKind, type CachePolicy, type CachePool, type CacheSetup } from "./cache-policy.ts"
export { busyFault, evictionFault, policyNumber, poolThrew, preparePool } from "./checked-cache.ts"
export { makeRecency } from "./core/recency.ts"
export { beladyHits, forecastCache, lruCache } from "./stream-cache.ts"
