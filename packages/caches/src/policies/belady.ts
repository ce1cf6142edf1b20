/** Who is needed again last makes room: the best that any cache without prefetch can do (Belady, 1966). */
import type { CachePolicy } from "../cache-policy.ts"
import { makeHeld } from "../core/held.ts"

/** An oracle. Steps that need several keys at once change nothing: all of them are busy, the rest goes by the same rule. */
const belady: CachePolicy = {
  contract: "cache/v1",
  id: "belady",
  title: "Belady: who is needed again last makes room",
  knows: "future",
  prepare: ({ keys, busy, nextUse }) => {
    const held = makeHeld(keys)
    const usedAt = new Float64Array(keys)
    return { insert: held.add, use: () => undefined, evict: () => held.takeGreatest(nextUse, usedAt, busy) }
  }
}

export default belady
