/** Forecasts from heatmaps: `parts/heatmap.ts` to the bit, experts in pairs. */
import { softmaxFrom } from "./exp"

// @ts-ignore: decorator
@inline
function pair(at: usize, offset: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at + offset))
}

/**
 * Adds up the rows of the table whose addresses are at `rows`, each sum begun at zero and taken row by row. Rows and `into` end
 * with room for eight experts.
 */
function addUp(rows: usize, count: u32, into: usize, experts: u32): void {
  const end = rows + (<usize>count << 2)
  for (let e: u32 = 0; e < experts; e += 8) {
    const at = <usize>e << 2
    let a = f64x2.splat(0)
    let b = f64x2.splat(0)
    let c = f64x2.splat(0)
    let d = f64x2.splat(0)
    for (let row = rows; row < end; row += 4) {
      const from = <usize>load<u32>(row) + at
      a = f64x2.add(a, pair(from, 0))
      b = f64x2.add(b, pair(from, 8))
      c = f64x2.add(c, pair(from, 16))
      d = f64x2.add(d, pair(from, 24))
    }
    const to = into + (<usize>e << 3)
    v128.store(to, a)
    v128.store(to, b, 16)
    v128.store(to, c, 32)
    v128.store(to, d, 48)
  }
}

/** Addresses of the rows of `ids` into `rows`; how many there are, holes left out. */
function rowsOf(table: usize, rowBytes: u32, experts: u32, ids: usize, count: u32, rows: usize): u32 {
  let n: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const id = <u32>load<u16>(ids + (<usize>i << 1))
    if (id >= experts) continue
    store<u32>(rows + (<usize>n << 2), <u32>table + id * rowBytes)
    n++
  }
  return n
}

/** The mean of the rows; 0 where there are none, and then nothing is written. A power of two divides as its inverse multiplies. */
export function heatmapMean(
  table: usize,
  rowBytes: u32,
  experts: u32,
  ids: usize,
  count: u32,
  rows: usize,
  into: usize
): u32 {
  const n = rowsOf(table, rowBytes, experts, ids, count, rows)
  if (n === 0) return 0
  addUp(rows, n, into, experts)
  const bytes = <usize>((experts + 1) >> 1) << 4
  const whole = f64x2.splat(<f64>n)
  if ((n & (n - 1)) === 0) {
    const inverse = f64x2.div(f64x2.splat(1), whole)
    for (let e: usize = 0; e < bytes; e += 16) v128.store(into + e, f64x2.mul(v128.load(into + e), inverse))
  } else for (let e: usize = 0; e < bytes; e += 16) v128.store(into + e, f64x2.div(v128.load(into + e), whole))
  return n
}

/** Popularity times the evidence of the rows, as shares; 0 where there are none, and then nothing is written. */
export function heatmapProduct(
  table: usize,
  rowBytes: u32,
  experts: u32,
  ids: usize,
  count: u32,
  rows: usize,
  into: usize,
  logPopularity: usize,
  topK: u32
): u32 {
  const n = rowsOf(table, rowBytes, experts, ids, count, rows)
  if (n === 0) return 0
  addUp(rows, n, into, experts)
  const scale = f64x2.splat(n <= topK ? 1.0 / sqrt<f64>(<f64>n) : sqrt<f64>(<f64>topK) / <f64>n)
  const pairs = <usize>(experts >> 1) << 4
  let most = f64x2.splat(-Infinity)
  for (let e: usize = 0; e < pairs; e += 16) {
    const score = f64x2.add(v128.load(logPopularity + e), f64x2.mul(scale, v128.load(into + e)))
    v128.store(into + e, score)
    most = f64x2.pmax(most, score)
  }
  let greatest = max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1))
  if (experts & 1) {
    const score = load<f64>(logPopularity + pairs) + f64x2.extract_lane(scale, 0) * load<f64>(into + pairs)
    store<f64>(into + pairs, score)
    greatest = max(greatest, score)
  }
  softmaxFrom(into, experts, greatest)
  return n
}
