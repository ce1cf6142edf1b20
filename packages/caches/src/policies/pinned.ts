/** The experts that training requests used most stay for good. */
import type { CachePolicy } from "../cache-policy.ts"
import { makeQueue } from "../core/queue.ts"

/** What else is needed takes turns in the slots that are left, so no memory is needed beside the cache. */
const pinned: CachePolicy = {
  contract: "cache/v1",
  id: "pinned",
  title: "Pinned: the least popular of training makes room",
  knows: "training",
  prepare: ({ keys, busy, popularity }) => {
    const queue = makeQueue(keys, popularity, new Float64Array(keys))
    return { insert: queue.add, use: () => undefined, evict: () => queue.take(busy) }
  }
}

export default pinned
