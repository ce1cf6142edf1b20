/** Keys of a pool by a worth that only grows: a binary heap that looks at what grew when it comes to the front. */

/** The key of the least worth first, ties to the one that was used longest ago. Hot: nothing allocates. */
export interface WorthQueue {
  /** Adds a key that is not in the queue. */
  readonly add: (key: number) => void
  /** Takes out the first key that is not busy; -1 where there is none. */
  readonly take: (busy: Uint8Array) => number
  /** All worths were multiplied by `factor`. */
  readonly scale: (factor: number) => void
}

/** `worth` and `usedAt` are the caller's, by key; while a key is in the queue neither may become less. */
export const makeQueue = (keys: number, worth: Float64Array, usedAt: Float64Array): WorthQueue => {
  const heap = new Int32Array(keys)
  /** What each key in the heap was worth when it was put where it is. */
  const then = new Float64Array(keys)
  const thenAt = new Float64Array(keys)
  const aside = new Int32Array(keys)
  let size = 0

  const before = (a: number, b: number): boolean =>
    then[a] === then[b] ? thenAt[a]! < thenAt[b]! : then[a]! < then[b]!

  const look = (key: number): void => {
    then[key] = worth[key]!
    thenAt[key] = usedAt[key]!
  }

  const up = (from: number): void => {
    const key = heap[from]!
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!before(key, heap[parent]!)) break
      heap[place] = heap[parent]!
      place = parent
    }
    heap[place] = key
  }

  const down = (): void => {
    const key = heap[0]!
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= size) break
      if (child + 1 < size && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, key)) break
      heap[place] = heap[child]!
      place = child
    }
    heap[place] = key
  }

  const add = (key: number): void => {
    look(key)
    heap[size] = key
    up(size++)
  }

  return {
    add,
    take: (busy) => {
      let waiting = 0
      let found = -1
      while (size > 0 && found < 0) {
        const key = heap[0]!
        if (thenAt[key] !== usedAt[key]) {
          look(key)
          down()
          continue
        }
        heap[0] = heap[--size]!
        if (size > 0) down()
        if (busy[key] === 1) aside[waiting++] = key
        else found = key
      }
      while (waiting > 0) add(aside[--waiting]!)
      return found
    },
    scale: (factor) => {
      for (let i = 0; i < size; i++) then[heap[i]!]! *= factor
    }
  }
}
