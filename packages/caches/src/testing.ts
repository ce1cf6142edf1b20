/** The kit that every cache policy runs, in this repository or outside it. */
export {
  cacheChecks,
  cacheConformance,
  type CacheDrive,
  type CacheScene,
  cacheSteps,
  type CacheSteps,
  driveCache
} from "./testing/cache-checks.ts"
