/** The engines of statistics give the same bits, and those of the plain functions. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { jensenShannon, thinned } from "@moira/core/statistics"
import { Schema } from "effect"
import { jsStatistics, type StatisticsKernels, wasmStatistics } from "../src/kernels/index.ts"
import { missingExpert, zeroExpert } from "../src/selections.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))
const wasm = wasmStatistics()!
const runs = { arbitrary: { runs: 200 } }

/** Rows of counts from rare to frequent, some of them without any. */
const countsOf = (seed: number, rows: number, columns: number): Uint32Array => {
  const { below, uniform } = random(seed)
  const most = 2 ** below(20)
  return Uint32Array.from({ length: rows }, () => (below(6) === 0 ? 0 : most)).reduce(
    (counts, scale, row) => {
      for (let e = 0; e < columns; e++)
        counts[row * columns + e] = Math.floor(scale * uniform() ** 4 * (below(2) + 0.2))
      return counts
    },
    new Uint32Array(rows * columns)
  )
}

const shapeOf = (seed: number) => {
  const { below } = random(seed)
  const rows = 1 + below(9)
  const columns = below(4) === 0 ? 256 : 1 + below(70)
  const pairs = Uint32Array.from({ length: 2 * below(12) }, () => below(rows))
  return { rows, columns, pairs, counts: countsOf(seed + 1, rows, columns) }
}

it.prop(
  "distances by shares and by sorted terms",
  [Seed],
  ([seed]) => {
    const { counts, columns, pairs } = shapeOf(seed)
    assert.deepStrictEqual(
      wasm.shareDistances(counts, columns, pairs),
      jsStatistics.shareDistances(counts, columns, pairs)
    )
    const row = (r: number) => counts.subarray(r * columns, (r + 1) * columns)
    const plain = Float64Array.from(
      { length: pairs.length / 2 },
      (_, n) => jensenShannon(row(pairs[2 * n]!), row(pairs[2 * n + 1]!)) ?? -1
    )
    assert.deepStrictEqual(wasm.sortedDistances(counts, columns, pairs), plain)
    assert.deepStrictEqual(jsStatistics.sortedDistances(counts, columns, pairs), plain)
  },
  runs
)

it.prop(
  "sums by label, of subsets, and the greatest of rows",
  [Seed],
  ([seed]) => {
    const { counts, rows, columns } = shapeOf(seed)
    const { below } = random(seed + 2)
    const labels = 1 + below(5)
    const labellings = Array.from({ length: 1 + below(4) }, () =>
      Uint16Array.from({ length: rows }, () => below(labels))
    )
    const masks = Uint32Array.from({ length: below(4) }, () => below(2 ** rows))
    const order = Uint32Array.from({ length: columns }, (_, e) => (e + below(1)) % columns).toSorted(() => below(3) - 1)
    const n = 1 + below(columns)
    const all = (kernels: StatisticsKernels) => {
      const sums: Array<Uint32Array> = []
      kernels.sumByLabel(counts, columns, labellings, labels, (of, at) => (sums[at] = of.slice()))
      return {
        sums,
        subsets: kernels.subsetSums(counts, columns, masks),
        top: kernels.topOfRows(counts, columns, order, n)
      }
    }
    const plain = all(jsStatistics)
    assert.deepStrictEqual(all(wasm), plain)
    labellings.forEach((labelling, at) => {
      const expected = new Uint32Array(labels * columns)
      counts.forEach(
        (count, cell) => (expected[labelling[Math.floor(cell / columns)]! * columns + (cell % columns)]! += count)
      )
      assert.deepStrictEqual(plain.sums[at], expected)
    })
    for (let r = 0; r < rows; r++) {
      const best = [...order.keys()].toSorted(
        (a, b) => counts[r * columns + order[b]!]! - counts[r * columns + order[a]!]! || a - b
      )
      const expected = new Uint8Array(columns)
      for (const place of best.slice(0, n)) expected[order[place]!] = 1
      assert.deepStrictEqual(plain.top.slice(r * columns, (r + 1) * columns), expected)
    }
  },
  runs
)

it.prop(
  "sums by label that do not fit at a time",
  [Seed],
  ([seed]) => {
    const [rows, columns, labels] = [3, 256, 4000]
    const counts = countsOf(seed, rows, columns)
    const { below } = random(seed)
    const labellings = Array.from({ length: 3 }, () => Uint16Array.from({ length: rows }, () => below(labels)))
    const all = (kernels: StatisticsKernels) => {
      const seen: Array<readonly [number, number]> = []
      kernels.sumByLabel(counts, columns, labellings, labels, (of, at) =>
        seen.push([at, labellings[at]!.reduce((sum, label, r) => sum + (of[label * columns + r] ?? 0) * (r + 1), 0)])
      )
      return seen
    }
    assert.deepStrictEqual(all(wasm), all(jsStatistics))
  },
  { arbitrary: { runs: 5 } }
)

it.prop(
  "thinned counts",
  [Seed],
  ([seed]) => {
    const { below, uniform } = random(seed)
    const counts = Uint32Array.from({ length: below(200) }, () => below(2 ** below(14)))
    const share = below(5) === 0 ? below(2) : uniform() ** 3
    const plain = Uint32Array.from(thinned(counts, share, random(seed)))
    assert.deepStrictEqual(wasm.thinned(counts, share, seed), plain)
    assert.deepStrictEqual(jsStatistics.thinned(counts, share, seed), plain)
  },
  runs
)

it.prop(
  "reuse distances of batches",
  [Seed],
  ([seed]) => {
    const { below } = random(seed)
    const [experts, topK, batch] = [1 + below(300), 1 + below(9), 1 + below(4)]
    const size = below(14)
    const decodeRows = Uint32Array.from({ length: size }, () => (below(5) === 0 ? 0 : below(60)))
    const decodeAt = decodeRows.map(() => below(4))
    const range = 1 + below(experts)
    const draw = () => (below(12) === 0 ? (below(2) === 0 ? missingExpert : zeroExpert) : below(range))
    const ids = Array.from(decodeRows, (rows, r) => Uint16Array.from({ length: (decodeAt[r]! + rows) * topK }, draw))
    const sides = Uint8Array.from({ length: size }, () => below(2))
    const all = (kernels: StatisticsKernels) => {
      const visits: Array<unknown> = []
      const totals = kernels.reuse({ experts, topK, ids, decodeAt, decodeRows }, batch, sides, (b, uses, depths) =>
        visits.push([b, uses, depths.slice()])
      )
      return { visits, totals }
    }
    assert.deepStrictEqual(all(wasm), all(jsStatistics))
  },
  runs
)
