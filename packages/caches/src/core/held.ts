/** The keys that lie in a pool, for policies whose measure changes by itself: looked through at every eviction. */

export interface Held {
  readonly add: (key: number) => void
  /**
   * Takes out the key of the least worth that is not busy, ties to the one that was used longest ago. A hot loop over
   * the slots, without allocation.
   */
  readonly takeLeast: (worth: Float64Array, usedAt: Float64Array, busy: Uint8Array) => number
  /** The same for the greatest. */
  readonly takeGreatest: (worth: Float64Array, usedAt: Float64Array, busy: Uint8Array) => number
}

export const makeHeld = (keys: number): Held => {
  const list = new Int32Array(keys)
  let size = 0
  const takeAt = (place: number): number => {
    if (place < 0) return -1
    const key = list[place]!
    list[place] = list[--size]!
    return key
  }
  return {
    add: (key) => {
      list[size++] = key
    },
    takeLeast: (worth, usedAt, busy) => {
      let place = -1
      let least = Infinity
      let oldest = Infinity
      for (let i = 0; i < size; i++) {
        const key = list[i]!
        const of = worth[key]!
        if (busy[key] === 1 || of > least || (of === least && usedAt[key]! >= oldest)) continue
        place = i
        least = of
        oldest = usedAt[key]!
      }
      return takeAt(place)
    },
    takeGreatest: (worth, usedAt, busy) => {
      let place = -1
      let greatest = -Infinity
      let oldest = Infinity
      for (let i = 0; i < size; i++) {
        const key = list[i]!
        const of = worth[key]!
        if (busy[key] === 1 || of < greatest || (of === greatest && usedAt[key]! >= oldest)) continue
        place = i
        greatest = of
        oldest = usedAt[key]!
      }
      return takeAt(place)
    }
  }
}
