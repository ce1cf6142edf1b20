/** Statistics in JavaScript: the fallback of `statistics-wasm.ts`, and what its answers are compared with. */
import { random } from "@moira/core"
import { jensenShannon, log2, selector, sum, thinned } from "@moira/core/statistics"
import { recency } from "./recency.ts"
import type { StatisticsKernels } from "./statistics.ts"

/** Shares of counts, with their entropy, so that many distances are taken without making them again. */
export interface Shares {
  readonly values: Float64Array
  readonly bits: number
}

/** Undefined without counts. */
const sharesOf = (counts: ArrayLike<number>): Shares | undefined => {
  const all = sum(counts)
  if (all === 0) return undefined
  let bits = 0
  const values = new Float64Array(counts.length)
  for (let e = 0; e < counts.length; e++) {
    const share = counts[e]! / all
    values[e] = share
    if (share > 0) bits -= share * log2(share)
  }
  return { values, bits }
}

/**
 * Jensen-Shannon distance: the square root of H((p + q) / 2) - (H(p) + H(q)) / 2, H in bits; 0 (same shares) to 1 (no
 * expert in common).
 */
const distanceOfShares = (a: Shares, b: Shares): number => {
  const [p, q] = [a.values, b.values]
  let bits = 0
  for (let e = 0; e < p.length; e++) {
    const middle = (p[e]! + q[e]!) / 2
    if (middle > 0) bits -= middle * log2(middle)
  }
  return distanceOfBits(bits - (a.bits + b.bits) / 2)
}

/** Rounding may leave a divergence a hair outside its range. */
export const distanceOfBits = (divergence: number): number => Math.sqrt(Math.min(1, Math.max(0, divergence)))

const rowOf = (counts: Uint32Array, experts: number, row: number): Uint32Array =>
  counts.subarray(row * experts, (row + 1) * experts)

/** Sums of rows by label: `into[label * columns + column]`. A hot loop over rows x columns. */
const sumByLabel = (counts: Uint32Array, columns: number, labels: ArrayLike<number>, into: Uint32Array): void => {
  into.fill(0)
  for (let r = 0, o = 0; r < labels.length; r++) {
    const at = labels[r]! * columns
    for (let e = 0; e < columns; e++) into[at + e]! += counts[o++]!
  }
}

export const jsStatistics: StatisticsKernels = {
  engine: "js",
  shareDistances: (counts, experts, pairs) => {
    const shares = Array.from({ length: counts.length / experts }, (_, row) => sharesOf(rowOf(counts, experts, row)))
    return Float64Array.from({ length: pairs.length / 2 }, (_, n) => {
      const [a, b] = [shares[pairs[2 * n]!], shares[pairs[2 * n + 1]!]]
      return a === undefined || b === undefined ? -1 : distanceOfShares(a, b)
    })
  },
  sortedDistances: (counts, experts, pairs) =>
    Float64Array.from(
      { length: pairs.length / 2 },
      (_, n) => jensenShannon(rowOf(counts, experts, pairs[2 * n]!), rowOf(counts, experts, pairs[2 * n + 1]!)) ?? -1
    ),
  sumByLabel: (counts, columns, labellings, labels, visit) => {
    const sums = new Uint32Array(labels * columns)
    for (const [n, labelling] of labellings.entries()) {
      sumByLabel(counts, columns, labelling, sums)
      visit(sums, n)
    }
  },
  topOfRows: (counts, columns, order, n) => {
    const select = selector(columns)
    const top = new Uint8Array(counts.length)
    for (let row = 0; row < counts.length; row += columns) {
      const { level, ties } = select(counts, row, columns, n)
      let left = ties
      for (let place = 0; place < columns; place++) {
        const at = row + order[place]!
        if (counts[at]! > level || (counts[at] === level && left-- > 0)) top[at] = 1
      }
    }
    return top
  },
  subsetSums: (vectors, size, masks) =>
    Array.from(masks, (mask) => {
      const total = new Uint32Array(size)
      for (let v = 0; v * size < vectors.length; v++) {
        if (((mask >>> v) & 1) === 0) continue
        for (let i = 0, from = v * size; i < size; i++) total[i]! += vectors[from + i]!
      }
      return total
    }),
  thinned: (counts, share, seed) => Uint32Array.from(thinned(counts, share, random(seed))),
  reuse: ({ experts, topK, ids, decodeAt, decodeRows }, batch, sideOf, visit) => {
    const depths = new Uint32Array(experts)
    const used = [new Uint32Array(experts), new Uint32Array(experts)] as const
    const stamp = new Float64Array(experts)
    const order = recency(experts)
    let [all, firstUses, step] = [0, 0, 0]
    for (let b = 0; (b + 1) * batch <= ids.length; b++) {
      order.clear()
      depths.fill(0)
      const side = used[sideOf[b] === 1 ? 1 : 0]
      let [longest, uses] = [0, 0]
      for (let r = b * batch; r < (b + 1) * batch; r++) longest = Math.max(longest, decodeRows[r]!)
      for (let t = 0; t < longest; t++) {
        step++
        for (let r = b * batch; r < (b + 1) * batch; r++) {
          if (t >= decodeRows[r]!) continue
          const own = ids[r]!
          const from = (decodeAt[r]! + t) * topK
          for (let i = from; i < from + topK; i++) {
            const id = own[i]!
            if (id >= experts || stamp[id] === step) continue
            stamp[id] = step
            uses++
            side[id]!++
            const depth = order.use(id)
            if (depth === 0) firstUses++
            else depths[depth - 1]!++
          }
        }
      }
      all += uses
      visit(b, uses, depths)
    }
    return { uses: all, firstUses, used }
  }
}
