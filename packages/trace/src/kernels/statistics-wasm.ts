/** Statistics in WebAssembly (source: `assembly/statistics.as` and `samples.as`), two numbers to a vector. */
import { exp } from "@moira/core/statistics"
import { distanceOfBits, jsStatistics } from "./statistics-js.ts"
import type { StatisticsKernels } from "./statistics.ts"
import { type WasmModule, wasmModule } from "./wasm-module.ts"

const even = (n: number): number => n + (n % 2)

/** Most bytes of sums by label that are held at a time. */
const maxSumBytes = 1 << 23

/** Counts up to this many times a share of selections are thinned by `exp`: see `thinned`. */
const fewExpected = 16

/** Rows in order of label, and where those of each label begin. */
const byLabel = (labelling: ArrayLike<number>, starts: Uint32Array, order: Uint32Array): void => {
  starts.fill(0)
  for (let r = 0; r < order.length; r++) starts[labelling[r]! + 1]!++
  for (let l = 1; l < starts.length; l++) starts[l]! += starts[l - 1]!
  // Each start moves to the next one's place while its rows are dealt, and back afterwards.
  for (let r = 0; r < order.length; r++) order[starts[labelling[r]!]!++] = r
  for (let l = starts.length - 1; l > 0; l--) starts[l] = starts[l - 1]!
  starts[0] = 0
}

const makeStatistics = ({ wasm, room, u8, u16, u32, f64 }: WasmModule): StatisticsKernels => {
  /** Puts shares and pairs (an even number of each) where both distances take them: addresses, then scratch and results. */
  const putPairs = (counts: Uint32Array, experts: number, pairs: Uint32Array) => {
    const rows = counts.length / experts
    const count = pairs.length / 2
    const [countsAt, sharesAt, sumsAt, entropiesAt, pairsAt, scratchAt, out] = room([
      4 * counts.length,
      8 * experts * even(rows),
      8 * rows,
      8 * even(rows),
      8 * even(count),
      16 * experts,
      8 * even(count)
    ]) as [number, number, number, number, number, number, number]
    u32(countsAt, counts.length).set(counts)
    const own = u32(pairsAt, 2 * even(count))
    own.fill(0, pairs.length)
    own.set(pairs)
    wasm.shares(countsAt, rows, experts, sharesAt, sumsAt)
    // An odd number of rows is rounded up: the last holds nothing.
    f64(sharesAt + 8 * experts * rows, experts * (even(rows) - rows)).fill(0)
    return { rows, count, sharesAt, sums: f64(sumsAt, rows), entropiesAt, pairsAt, scratchAt, out }
  }

  return {
    engine: "wasm",
    shareDistances: (counts, experts, pairs) => {
      const { rows, count, sharesAt, sums, entropiesAt, pairsAt, out } = putPairs(counts, experts, pairs)
      wasm.entropies(sharesAt, even(rows), experts, entropiesAt)
      wasm.meanEntropies(sharesAt, experts, pairsAt, even(count), out)
      const entropies = f64(entropiesAt, rows)
      const means = f64(out, count)
      const distances = new Float64Array(count)
      for (let n = 0; n < count; n++) {
        const [a, b] = [pairs[2 * n]!, pairs[2 * n + 1]!]
        distances[n] =
          sums[a] === 0 || sums[b] === 0 ? -1 : distanceOfBits(means[n]! - (entropies[a]! + entropies[b]!) / 2)
      }
      return distances
    },
    sortedDistances: (counts, experts, pairs) => {
      const { count, sharesAt, sums, pairsAt, scratchAt, out } = putPairs(counts, experts, pairs)
      wasm.divergences(sharesAt, experts, pairsAt, even(count), scratchAt, out)
      const divergences = f64(out, count)
      const distances = new Float64Array(count)
      for (let n = 0; n < count; n++) {
        const empty = sums[pairs[2 * n]!] === 0 || sums[pairs[2 * n + 1]!] === 0
        distances[n] = empty ? -1 : distanceOfBits(divergences[n]!)
      }
      return distances
    },
    sumByLabel: (counts, columns, labellings, labels, visit) => {
      if (columns % 4 !== 0) return jsStatistics.sumByLabel(counts, columns, labellings, labels, visit)
      const size = labels * columns
      const rows = counts.length / columns
      const atOnce = Math.max(1, Math.min(labellings.length, Math.floor(maxSumBytes / (4 * size))))
      const sums = new Uint32Array(atOnce * size)
      const starts = new Uint32Array(labels + 1)
      const order = new Uint32Array(rows)
      for (let from = 0; from < labellings.length; from += atOnce) {
        const part = labellings.slice(from, from + atOnce)
        const [countsAt, startsAt, orderAt, out] = room([
          4 * counts.length,
          4 * starts.length,
          4 * rows,
          4 * size * part.length
        ]) as [number, number, number, number]
        u32(countsAt, counts.length).set(counts)
        wasm.clear(out, 4 * size * part.length)
        for (const [n, labelling] of part.entries()) {
          byLabel(labelling, starts, order)
          u32(startsAt, starts.length).set(starts)
          u32(orderAt, rows).set(order)
          wasm.sumByLabel(countsAt, columns, labels, startsAt, orderAt, out + 4 * size * n)
        }
        sums.set(u32(out, size * part.length))
        for (let n = 0; n < part.length; n++) visit(sums.subarray(n * size, (n + 1) * size), from + n)
      }
    },
    topOfRows: (counts, columns, order, n) => {
      const [countsAt, orderAt, buckets, out] = room([4 * counts.length, 4 * columns, 1024, counts.length]) as [
        number,
        number,
        number,
        number
      ]
      u32(countsAt, counts.length).set(counts)
      u32(orderAt, columns).set(order)
      wasm.markTop(countsAt, counts.length / columns, columns, orderAt, n, buckets, out)
      return u8(out, counts.length).slice()
    },
    subsetSums: (vectors, size, masks) => {
      if (size % 4 !== 0) return jsStatistics.subsetSums(vectors, size, masks)
      const [from, masksAt, out] = room([4 * vectors.length, 4 * masks.length, 4 * size * masks.length]) as [
        number,
        number,
        number
      ]
      u32(from, vectors.length).set(vectors)
      u32(masksAt, masks.length).set(masks)
      wasm.clear(out, 4 * size * masks.length)
      wasm.sumMatrices(from, 4 * size, masksAt, masks.length, out, 4 * size)
      return Array.from(masks, (_, n) => u32(out + 4 * size * n, size).slice())
    },
    thinned: (counts, share, seed) => {
      const flipped = share > 0.5
      const chance = flipped ? 1 - share : share
      let most = 0
      for (let i = 0; i < counts.length; i++) if (counts[i]! > most) most = counts[i]!
      // Of each count that is drawn by products of uniform numbers, what they must fall below.
      const drawn = Math.min(most, Math.floor(fewExpected / chance)) + 1
      const [countsAt, limitsAt, out] = room([4 * counts.length, 8 * drawn, 4 * counts.length]) as [
        number,
        number,
        number
      ]
      u32(countsAt, counts.length).set(counts)
      const limits = f64(limitsAt, drawn)
      for (let n = 0; n < drawn; n++) limits[n] = exp(-(n * chance))
      wasm.thin(countsAt, counts.length, chance, flipped ? 1 : 0, seed, limitsAt, out)
      return u32(out, counts.length).slice()
    },
    reuse: ({ experts, topK, ids, decodeAt, decodeRows }, batch, sideOf, visit) => {
      const batches = Math.floor(ids.length / batch)
      const rowsIn = (b: number): number => {
        let rows = 0
        for (let r = b * batch; r < (b + 1) * batch; r++) rows += decodeRows[r]!
        return rows
      }
      let mostRows = 0
      for (let b = 0; b < batches; b++) mostRows = Math.max(mostRows, rowsIn(b))
      // A quarter of the numbers are in use when they run out.
      const words = Math.ceil((4 * experts) / 64)
      const [members, marks, owner, lastUse, stamp, depthsAt, usedAt, totalsAt, idsAt] = room([
        8 * batch,
        8 * words,
        128 * words,
        4 * experts,
        4 * experts,
        4 * experts,
        8 * experts,
        12,
        2 * mostRows * topK
      ]) as [number, number, number, number, number, number, number, number, number]
      const totals = u32(totalsAt, 3).fill(0)
      u32(stamp, experts).fill(0)
      const used = u32(usedAt, 2 * experts).fill(0)
      const depths = u32(depthsAt, experts)
      const list = u32(members, 2 * batch)
      const held = u16(idsAt, mostRows * topK)
      for (let b = 0; b < batches; b++) {
        for (let m = 0, at = 0; m < batch; m++) {
          const r = b * batch + m
          const [from, rows] = [decodeAt[r]! * topK, decodeRows[r]!]
          held.set(ids[r]!.subarray(from, from + rows * topK), at)
          list[2 * m] = idsAt + 2 * at
          list[2 * m + 1] = rows
          at += rows * topK
        }
        const before = totals[0]!
        const side = usedAt + (sideOf[b] === 1 ? 4 * experts : 0)
        wasm.reuse(members, batch, topK, experts, words, marks, owner, lastUse, stamp, depthsAt, side, totalsAt)
        visit(b, totals[0]! - before, depths)
      }
      return {
        uses: totals[0]!,
        firstUses: totals[1]!,
        used: [used.slice(0, experts), used.slice(experts)]
      }
    }
  }
}

let made: StatisticsKernels | undefined

/** The kernels of this thread; undefined where there is no WebAssembly with vectors. */
export const wasmStatistics = (): StatisticsKernels | undefined => {
  const module = wasmModule()
  if (made === undefined && module !== undefined) made = makeStatistics(module)
  return made
}

/** The fastest kernels of this machine. */
export const statisticsKernels = (): StatisticsKernels => wasmStatistics() ?? jsStatistics
