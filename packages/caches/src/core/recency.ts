/** Who was used how long ago: one list for each of several pools, over places that are numbered together. */

/**
 * Rings of places, each through an entry of its pool behind all places: the place after that entry was used longest ago, the
 * one before it last. Hot: nothing allocates, and no end of a list asks for a branch.
 */
export interface Recency {
  /** What was used next after a place, or the pool's entry. */
  readonly newer: Int32Array
  /** The place of a pool that was used longest ago; there must be one. */
  readonly oldest: (pool: number) => number
  readonly remove: (place: number) => void
  /** Makes a place that is in no list the one that was used last. */
  readonly add: (pool: number, place: number) => void
  /** Makes a place of this pool the one that was used last. */
  readonly use: (pool: number, place: number) => void
}

/** Empty lists of `pools` pools; every one of `places` may be in the list of one of them. */
export const makeRecency = (pools: number, places: number): Recency => {
  const older = new Int32Array(places + pools)
  const newer = new Int32Array(places + pools)
  for (let entry = places; entry < places + pools; entry++) {
    older[entry] = entry
    newer[entry] = entry
  }
  const remove = (place: number): void => {
    const [o, n] = [older[place]!, newer[place]!]
    newer[o] = n
    older[n] = o
  }
  const add = (pool: number, place: number): void => {
    const entry = places + pool
    const newest = older[entry]!
    newer[newest] = place
    older[place] = newest
    newer[place] = entry
    older[entry] = place
  }
  return {
    newer,
    oldest: (pool) => newer[places + pool]!,
    remove,
    add,
    use: (pool, place) => {
      if (older[places + pool] === place) return
      remove(place)
      add(pool, place)
    }
  }
}
