/** The order in which experts were used last, and how deep in it an expert lies (Mattson et al., 1970). */

const bitsIn = (word: number): number => {
  let v = word - ((word >>> 1) & 0x55555555)
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

export interface Recency {
  /**
   * Uses an expert: how many distinct experts were used from its last use on, itself included, or 0 at its first use.
   * A least-recently-used cache of n experts hits it if that is 1 to n.
   */
  readonly use: (expert: number) => number
  /** Forgets all uses. */
  readonly clear: () => void
}

/**
 * Uses are numbered; one bit marks the number of each expert's last use, so a depth is a count of bits. When numbers
 * run out they are dealt anew to the marked ones, in order. No allocation after the start; about experts / 32 steps a use.
 */
export const recency = (experts: number): Recency => {
  const words = Math.ceil((2 * experts) / 32) + 1
  const capacity = words * 32
  const marks = new Uint32Array(words)
  const inWord = new Uint8Array(words)
  const owner = new Uint16Array(capacity)
  const lastUse = new Int32Array(experts).fill(-1)
  let next = 0

  const mark = (expert: number): void => {
    lastUse[expert] = next
    owner[next] = expert
    marks[next >>> 5]! |= 1 << (next & 31)
    inWord[next >>> 5]!++
    next++
  }

  const renumber = (): void => {
    let live = 0
    for (let place = 0; place < capacity; place++) {
      if (((marks[place >>> 5]! >>> (place & 31)) & 1) === 1) owner[live++] = owner[place]!
    }
    marks.fill(0)
    inWord.fill(0)
    next = 0
    for (let k = 0; k < live; k++) mark(owner[k]!)
  }

  return {
    use: (expert) => {
      if (next === capacity) renumber()
      const place = lastUse[expert]!
      let depth = 0
      if (place >= 0) {
        const word = place >>> 5
        depth = bitsIn(marks[word]! >>> (place & 31))
        const end = (next - 1) >>> 5
        for (let w = word + 1; w <= end; w++) depth += inWord[w]!
        marks[word]! &= ~(1 << (place & 31))
        inWord[word]!--
      }
      mark(expert)
      return depth
    },
    clear: () => {
      marks.fill(0)
      inWord.fill(0)
      lastUse.fill(-1)
      next = 0
    }
  }
}
