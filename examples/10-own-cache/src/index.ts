/**
 * Key concept: a cache policy says who makes room when memory holds some of the experts only.
 *
 * [1] what it looks at is declared: `past`, `training`, `forecast` or `future`; the kit blinds it to the rest.
 * [2] first in, first out: a ring of keys in the order in which they came. No call allocates.
 */
import { type CachePolicy } from "@moira/caches"

const policy: CachePolicy = {
  contract: "cache/v1",
  id: "own-cache",
  title: "Own cache: first in, first out",
  knows: "past", // [1]
  prepare: ({ keys, busy }) => {
    const queue = new Int32Array(keys)
    let [head, count] = [0, 0]
    return {
      use: () => undefined,
      insert: (key) => {
        queue[(head + count++) % keys] = key
      },
      // [2] A busy key goes to the back of the ring: it must not make room.
      evict: () => {
        for (;;) {
          const key = queue[head]!
          head = (head + 1) % keys
          count--
          if (busy[key] === 0) return key
          queue[(head + count++) % keys] = key
        }
      }
    }
  }
}

export default policy
