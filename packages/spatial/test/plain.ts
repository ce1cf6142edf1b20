/** The plain forms of what `src` does without looking at all pairs again and again, or without sorting. */
import { type Inside, minAffinity, type PairTable } from "../src/blocks.ts"

/** Sums of pairs by the blocks of their experts. */
const byBlock = ({ experts, seen, expected }: PairTable, of: ArrayLike<number>, blocks: number) => {
  const counts = new Float64Array(blocks * blocks)
  const model = new Float64Array(blocks * blocks)
  for (let i = 0; i < experts; i++) {
    const [row, from] = [of[i]! * blocks, i * experts]
    for (let j = 0; j < experts; j++) {
      if (i === j) continue
      counts[row + of[j]!]! += seen[from + j]!
      model[row + of[j]!]! += expected[from + j]!
    }
  }
  return { counts, model }
}

/** Standard deviations above the mean pair of blocks from which two blocks of an earlier round are joined. */
const sureOfBlocks = 3

/** Joins blocks until none is left that should be; gives the new block of each. */
const join = (counts: Float64Array, model: Float64Array, blocks: number, least: number): ReadonlyArray<number> => {
  let [seen, expected] = [0, 0]
  for (let a = 0; a < blocks; a++) {
    for (let b = 0; b < a; b++) {
      seen += counts[a * blocks + b]!
      expected += model[a * blocks + b]!
    }
  }
  const usual = expected > 0 ? seen / expected : Infinity
  const to = Array.from({ length: blocks }, (_, b) => b)
  let alive = [...to]
  for (;;) {
    let [best, into, from] = [least, -1, -1]
    // All pairs of blocks at every step: a third of blocks cubed, 6 million for 256 experts.
    for (let x = 0; x < alive.length; x++) {
      const row = alive[x]! * blocks
      for (let y = x + 1; y < alive.length; y++) {
        const mean = usual * model[row + alive[y]!]!
        const count = counts[row + alive[y]!]!
        if (!(count > minAffinity * mean)) continue
        const sure = (count - mean) / Math.sqrt(mean)
        if (sure > best) [best, into, from] = [sure, alive[x]!, alive[y]!]
      }
    }
    if (into < 0) return to
    for (const other of alive) {
      for (const table of [counts, model]) {
        table[into * blocks + other]! += table[from * blocks + other]!
        table[other * blocks + into] = table[into * blocks + other]!
      }
    }
    alive = alive.filter((block) => block !== from)
    for (let b = 0; b < blocks; b++) if (to[b] === from) to[b] = into
  }
}

/** Numbers the blocks from 0 by their lowest expert. */
const numbered = (of: ReadonlyArray<number>): ReadonlyArray<number> => {
  const names = new Map<number, number>()
  for (const block of of) if (!names.has(block)) names.set(block, names.size)
  return of.map((block) => names.get(block)!)
}

/** The block of each expert, numbered by their lowest experts; all apart where there is no affinity. */
export const plainFindBlocks = (table: PairTable): ReadonlyArray<number> => {
  let of: ReadonlyArray<number> = Array.from({ length: table.experts }, (_, expert) => expert)
  let blocks = table.experts
  for (let round = 0; ; round++) {
    const { counts, model } = byBlock(table, of, blocks)
    // Single experts have too few pairs to be sure of; blocks that are joined wrongly are not taken apart again.
    const to = join(counts, model, blocks, round === 0 ? 0 : sureOfBlocks)
    of = numbered(of.map((block) => to[block]!))
    const left = new Set(of).size
    if (left === blocks) return of
    blocks = left
  }
}

/** A hot loop over pairs. */
export const plainInsideBlocks = ({ experts, seen, expected }: PairTable, of: ArrayLike<number>): Inside => {
  let [inSeen, inExpected, allSeen, allExpected] = [0, 0, 0, 0]
  for (let i = 0; i < experts; i++) {
    const [own, row] = [of[i]!, i * experts]
    for (let j = 0; j < i; j++) {
      allSeen += seen[row + j]!
      allExpected += expected[row + j]!
      if (of[j] !== own) continue
      inSeen += seen[row + j]!
      inExpected += expected[row + j]!
    }
  }
  return { seen: inSeen, expected: inExpected, allSeen, allExpected }
}

/** Sets `bit` on the pairs of the `n` greatest values; ties go to the pair that comes first, row by row. */
export const plainMarkTop = (
  value: (i: number, j: number) => number,
  experts: number,
  n: number,
  bit: number,
  marked: Uint8Array
): void => {
  const values = new Float64Array((experts * (experts - 1)) / 2)
  for (let i = 0, o = 0; i < experts; i++) for (let j = i + 1; j < experts; j++) values[o++] = value(i, j)
  const ascending = values.toSorted()
  const limit = ascending[values.length - n]!
  let above = 0
  for (let o = values.length - 1; o >= 0 && ascending[o]! > limit; o--) above++
  let ties = n - above
  for (let i = 0, o = 0; i < experts; i++) {
    for (let j = i + 1; j < experts; j++, o++) {
      const of = values[o]!
      if (of < limit || (of === limit && ties-- <= 0)) continue
      marked[i * experts + j]! |= bit
      marked[j * experts + i]! |= bit
    }
  }
}
