/** Least frequently used makes room. */
import type { CachePolicy } from "../cache-policy.ts"
import { makeQueue } from "../core/queue.ts"

/** Counts uses from the first step on, also of experts that are not there at the time; ties go to the older use. */
const lfu: CachePolicy = {
  contract: "cache/v1",
  id: "lfu",
  title: "LFU: least frequently used makes room",
  knows: "past",
  prepare: ({ keys, busy }) => {
    const uses = new Float64Array(keys)
    const usedAt = new Float64Array(keys)
    const queue = makeQueue(keys, uses, usedAt)
    let now = 0
    return {
      insert: queue.add,
      use: (key) => {
        uses[key]!++
        usedAt[key] = ++now
      },
      evict: () => queue.take(busy)
    }
  }
}

export default lfu
