/** Least recently used makes room. */
import type { CachePolicy } from "../cache-policy.ts"

export const lru: CachePolicy = {
  contract: "cache/v1",
  id: "lru",
  title: "LRU: least recently used makes room",
  knows: "past",
  prepare: ({ keys, busy }) => {
    // A ring of keys through place `keys`: the one after it was used longest ago.
    const older = new Int32Array(keys + 1)
    const newer = new Int32Array(keys + 1)
    older[keys] = keys
    newer[keys] = keys
    const leave = (key: number): void => {
      const [o, n] = [older[key]!, newer[key]!]
      newer[o] = n
      older[n] = o
    }
    const join = (key: number): void => {
      const newest = older[keys]!
      newer[newest] = key
      older[key] = newest
      newer[key] = keys
      older[keys] = key
    }
    return {
      insert: join,
      use: (key) => {
        if (older[keys] === key) return
        leave(key)
        join(key)
      },
      evict: () => {
        let key = newer[keys]!
        while (busy[key] === 1) key = newer[key]!
        leave(key)
        return key
      }
    }
  }
}

export default lru
