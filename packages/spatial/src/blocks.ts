/**
 * Blocks of experts that are selected together more often than their popularity explains, found without being told how
 * many there are.
 *
 * Two blocks are joined while their members are together at least {@link minAffinity} times as often as popularity and
 * the mean pair of different blocks explain, the surest excess first (in standard deviations of a Poisson count). Each
 * round of joining changes what the mean pair of different blocks is, so rounds follow until nothing is joined. Blocks
 * of chance come out of this too: they are told apart on counts that had no part in the choice.
 */
import { random } from "@moira/core"

/** Greater than this, against pairs of different blocks, is affinity. */
export const minAffinity = 1.25

/**
 * Strengths x with x_i times the sum of all other x_j = selections of i in pairs: choices by popularity alone are then
 * expected to give the pair {i, j} x_i x_j sightings, and each expert as many pairs as it has. Iterative proportional
 * fitting for a symmetric table with an empty diagonal.
 */
export const strengths = (matrix: ArrayLike<number>, experts: number): Float64Array => {
  const margins = new Float64Array(experts)
  let all = 0
  for (let i = 0, o = 0; i < experts; i++) for (let j = 0; j < experts; j++) margins[i]! += matrix[o++]!
  for (let i = 0; i < experts; i++) all += margins[i]!
  const x = margins.map((margin) => (all > 0 ? margin / Math.sqrt(all) : 0))
  for (let round = 0; round < 200; round++) {
    let sum = 0
    for (let i = 0; i < experts; i++) sum += x[i]!
    let change = 0
    // From the sum of the round before, halfway in logarithms: whatever the order of experts, the same result.
    for (let i = 0; i < experts; i++) {
      const before = x[i]!
      const others = sum - before
      const after = others > 0 && before > 0 ? Math.sqrt((before * margins[i]!) / others) : 0
      if (before > 0) change = Math.max(change, Math.abs(after - before) / before)
      x[i] = after
    }
    if (change < 1e-9) break
  }
  return x
}

/** Adds x_i x_j to every cell off the diagonal. */
export const addExpected = (x: Float64Array, into: Float64Array): Float64Array => {
  const experts = x.length
  for (let i = 0, o = 0; i < experts; i++) {
    for (let j = 0; j < experts; j++, o++) if (i !== j) into[o]! += x[i]! * x[j]!
  }
  return into
}

/** Seen and expected pairs, symmetric `[i * experts + j]`. */
export interface PairTable {
  readonly experts: number
  readonly seen: ArrayLike<number>
  readonly expected: Float64Array
}

/** Pairs of experts that are blocks of their own. */
const apart = ({ experts, seen, expected }: PairTable) => {
  const [counts, model] = [Float64Array.from(seen), expected.slice()]
  for (let i = 0; i < experts; i++) counts[i * (experts + 1)] = model[i * (experts + 1)] = 0
  return { counts, model }
}

/** Sums of pairs by the blocks of their experts. */
const byBlock = ({ experts, seen, expected }: PairTable, of: ArrayLike<number>, blocks: number) => {
  if (blocks === experts) return apart({ experts, seen, expected })
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

/**
 * Joins blocks until none is left that should be; gives the new block of each. Of each row of the upper half the surest
 * partner is kept, so that a join looks at two blocks' pairs and not at all: hot loops.
 */
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
  const alive = Int32Array.from(to)
  let size = blocks
  /** Standard deviations above the mean; `least` where the two should not be joined. */
  const sureness = (cell: number): number => {
    const mean = usual * model[cell]!
    const count = counts[cell]!
    return count > minAffinity * mean ? (count - mean) / Math.sqrt(mean) : least
  }
  // Of equally sure partners the first.
  const best = new Float64Array(blocks)
  const partner = new Int32Array(blocks)
  const look = (x: number): void => {
    const row = alive[x]! * blocks
    let [most, at] = [least, -1]
    for (let y = x + 1; y < size; y++) {
      const sure = sureness(row + alive[y]!)
      if (sure > most) {
        most = sure
        at = alive[y]!
      }
    }
    best[alive[x]!] = most
    partner[alive[x]!] = at
  }
  for (let x = 0; x < size; x++) look(x)
  for (;;) {
    let [most, into] = [least, -1]
    for (let x = 0; x < size; x++) {
      if (best[alive[x]!]! > most) {
        most = best[alive[x]!]!
        into = alive[x]!
      }
    }
    if (into < 0) return to
    const from = partner[into]!
    for (let x = 0; x < size; x++) {
      const other = alive[x]!
      counts[into * blocks + other]! += counts[from * blocks + other]!
      counts[other * blocks + into] = counts[into * blocks + other]!
      model[into * blocks + other]! += model[from * blocks + other]!
      model[other * blocks + into] = model[into * blocks + other]!
    }
    const gone = alive.indexOf(from)
    alive.copyWithin(gone, gone + 1, size)
    size--
    for (let b = 0; b < blocks; b++) if (to[b] === from) to[b] = into
    for (let x = 0; x < size && alive[x]! < from; x++) {
      const row = alive[x]!
      if (row === into || partner[row] === from || (row < into && partner[row] === into)) look(x)
      else if (row < into) {
        const sure = sureness(row * blocks + into)
        if (sure > best[row]! || (sure === best[row] && sure > least && into < partner[row]!)) {
          best[row] = sure
          partner[row] = into
        }
      }
    }
  }
}

/** Numbers the blocks from 0 by their lowest expert. */
const numbered = (of: ReadonlyArray<number>): ReadonlyArray<number> => {
  const names = new Map<number, number>()
  for (const block of of) if (!names.has(block)) names.set(block, names.size)
  return of.map((block) => names.get(block)!)
}

/** The block of each expert, numbered by their lowest experts; all apart where there is no affinity. */
export const findBlocks = (table: PairTable): ReadonlyArray<number> => {
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

/** Seen and expected pairs inside blocks and in all. */
export interface Inside {
  readonly seen: number
  readonly expected: number
  readonly allSeen: number
  readonly allExpected: number
}

/** Pairs of experts of one block, which are visited alone; `all` is what all pairs add up to. Hot loops. */
const insideOf = (
  { seen, expected, experts }: PairTable,
  of: ArrayLike<number>,
  all: Pick<Inside, "allSeen" | "allExpected">,
  members: Members
): Inside => {
  let [inSeen, inExpected] = [0, 0]
  const { starts, list } = members
  starts.fill(0)
  for (let e = 0; e < experts; e++) starts[of[e]! + 1]!++
  for (let b = 1; b < starts.length; b++) starts[b]! += starts[b - 1]!
  // From the last expert on, so that a block's members ascend; each start moves to its block's first member.
  for (let e = experts - 1; e >= 0; e--) list[--starts[of[e]! + 1]!] = e
  for (let i = 0; i < experts; i++) {
    const row = i * experts
    for (let m = starts[of[i]! + 1]!, j = list[m]!; j < i; j = list[++m]!) {
      inSeen += seen[row + j]!
      inExpected += expected[row + j]!
    }
  }
  return { seen: inSeen, expected: inExpected, ...all }
}

/** Scratch: where the members of each block begin (entry b + 1), and the members. */
interface Members {
  readonly starts: Uint32Array
  readonly list: Uint32Array
}

const membersFor = (of: ArrayLike<number>): Members => {
  let blocks = 0
  for (let e = 0; e < of.length; e++) blocks = Math.max(blocks, of[e]! + 1)
  return { starts: new Uint32Array(blocks + 1), list: new Uint32Array(of.length) }
}

const allPairs = ({ experts, seen, expected }: PairTable): Pick<Inside, "allSeen" | "allExpected"> => {
  let [allSeen, allExpected] = [0, 0]
  for (let i = 0; i < experts; i++) {
    const row = i * experts
    for (let j = 0; j < i; j++) {
      allSeen += seen[row + j]!
      allExpected += expected[row + j]!
    }
  }
  return { allSeen, allExpected }
}

export const insideBlocks = (table: PairTable, of: ArrayLike<number>): Inside =>
  insideOf(table, of, allPairs(table), membersFor(of))

/**
 * Seen over expected inside blocks, over the same between blocks; `null` where one side has nothing to compare. No pair
 * between blocks at all is taken as one, so that complete separation has a finite, cautious contrast.
 */
export const contrast = ({ seen, expected, allSeen, allExpected }: Inside): number | null => {
  const expectedBetween = allExpected - expected
  return allSeen > 0 && expected > 0 && expectedBetween > 1e-9 * allExpected
    ? (seen / expected) * (expectedBetween / Math.max(1, allSeen - seen))
    : null
}

/** Random partitions that a partition is compared with; 1 % is the least probability that they can tell. */
const partitions = 99

/** Share of random partitions of the same sizes, and of this one, whose contrast is at least this one's. */
export const chanceOf = (table: PairTable, of: ReadonlyArray<number>, seed: number): number | null => {
  const [all, members] = [allPairs(table), membersFor(of)]
  const own = contrast(insideOf(table, of, all, members))
  if (own === null) return null
  const { below } = random(seed)
  const dealt = Uint16Array.from(of)
  let reached = 1
  for (let draw = 0; draw < partitions; draw++) {
    for (let i = dealt.length - 1; i > 0; i--) {
      const j = below(i + 1)
      const block = dealt[i]!
      dealt[i] = dealt[j]!
      dealt[j] = block
    }
    if ((contrast(insideOf(table, dealt, all, members)) ?? 0) >= own) reached++
  }
  return reached / (partitions + 1)
}
