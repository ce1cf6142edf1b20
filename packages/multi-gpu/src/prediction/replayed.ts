/** Benchmarks replay one layer over and over: weights that fit into the last-level cache are still there. */

/** How much faster the cache gives weights than memory: about 6 of 3 TB/s on an H100 (recalled). */
const cacheSpeed = 2

/**
 * Share of the time of reading `bytes` of weights from memory that reading them again takes: all hits up to half of the
 * cache, which two halves hold apart, none beyond the whole, straight between.
 */
export const replayedShare = (bytes: number, cacheBytes: number): number => {
  const hits = Math.min(1, Math.max(0, 2 * (1 - bytes / cacheBytes)))
  return 1 - hits * (1 - 1 / cacheSpeed)
}
