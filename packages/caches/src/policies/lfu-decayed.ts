/** Least frequently used of late makes room. */
import type { CachePolicy } from "../cache-policy.ts"
import { makeQueue } from "../core/queue.ts"

/** Half of a use is forgotten after this many uses of the pool a slot: frequencies of the last few dozen tokens. */
const halfLifeUsesASlot = 16

/** What a use adds grows instead of all counts shrinking; before it could overflow everything is scaled back. */
const largest = 1e200

/** As LFU, but old uses fade. */
const lfuDecayed: CachePolicy = {
  contract: "cache/v1",
  id: "lfu-decayed",
  title: "LFU with decay: least frequently used of late makes room",
  knows: "past",
  prepare: ({ keys, slots, busy }) => {
    const growth = 2 ** (1 / (halfLifeUsesASlot * slots))
    const uses = new Float64Array(keys)
    const usedAt = new Float64Array(keys)
    const queue = makeQueue(keys, uses, usedAt)
    // Not two numbers of the closure: those would be boxed anew at every use.
    const state = Float64Array.of(0, 1)
    const scaleBack = (): void => {
      const factor = 1 / state[1]!
      for (let key = 0; key < keys; key++) uses[key]! *= factor
      queue.scale(factor)
      state[1] = 1
    }
    return {
      insert: queue.add,
      use: (key) => {
        const one = state[1]! * growth
        state[1] = one
        uses[key]! += one
        usedAt[key] = ++state[0]!
        if (one > largest) scaleBack()
      },
      evict: () => queue.take(busy)
    }
  }
}

export default lfuDecayed
