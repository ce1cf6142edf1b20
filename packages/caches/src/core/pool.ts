/** One pool of slots at work: what lies there, and a policy that says who makes room. */
import type { CachePolicy } from "../cache-policy.ts"

export interface Pool {
  /** A step needs `key` and nothing else: whether it lies here. What does not is brought in. Hot, no allocation. */
  readonly need: (key: number) => boolean
  /** Keys brought in so far. */
  readonly fetched: () => number
}

export interface PoolOptions {
  readonly keys: number
  /** At least one. */
  readonly slots: number
  /** By key, when it is needed again after the present step; the caller keeps it current where the policy knows the future. */
  readonly nextUse?: Float64Array
}

export const makePool = (policy: CachePolicy, { keys, slots, nextUse = new Float64Array(keys) }: PoolOptions): Pool => {
  const none = new Float64Array(keys)
  const pool = policy.prepare({
    keys,
    slots: Math.min(slots, keys),
    // Steps of one key: while room is made for it nothing that lies here is needed.
    busy: new Uint8Array(keys),
    popularity: none,
    scores: none,
    nextUse
  })
  const here = new Uint8Array(keys)
  let used = 0
  let fetched = 0
  return {
    need: (key) => {
      const hit = here[key] === 1
      if (!hit) {
        if (used === slots) here[pool.evict()] = 0
        else used++
        here[key] = 1
        fetched++
        pool.insert(key)
      }
      pool.use(key)
      return hit
    },
    fetched: () => fetched
  }
}
