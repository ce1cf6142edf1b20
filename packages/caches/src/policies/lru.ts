/** Least recently used makes room. */
import type { CachePolicy } from "../cache-policy.ts"
import { makeRecency } from "../core/recency.ts"

const lru: CachePolicy = {
  contract: "cache/v1",
  id: "lru",
  title: "LRU: least recently used makes room",
  knows: "past",
  prepare: ({ keys, busy }) => {
    const { newer, oldest, remove, add, use } = makeRecency(1, keys)
    return {
      insert: (key) => add(0, key),
      use: (key) => use(0, key),
      evict: () => {
        let key = oldest(0)
        while (busy[key] === 1) key = newer[key]!
        remove(key)
        return key
      }
    }
  }
}

export default lru
