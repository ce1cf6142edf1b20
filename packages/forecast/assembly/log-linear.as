/** The product of forecasts: `parts/log-linear.ts` to the bit, experts in pairs. */
import { softmaxFrom } from "./exp"

/**
 * Adds `weight` x log of each row's chances, by the table of 2,048 logarithms, and makes shares of the sums. Addresses of the
 * rows are at `rows`; rows and `into` end with room for a pair.
 */
export function productRows(
  rows: usize,
  weights: usize,
  members: u32,
  into: usize,
  experts: u32,
  logs: usize
): void {
  const bytes = <usize>((experts + 1) >> 1) << 4
  for (let e: usize = 0; e < bytes; e += 16) v128.store(into + e, f64x2.splat(0))
  for (let m: u32 = 0; m < members; m++) addLogs(load<u32>(rows + (<usize>m << 2)), load<f64>(weights + (<usize>m << 3)), into, experts, logs)
  const pairs = <usize>(experts >> 1) << 4
  let most = f64x2.splat(-Infinity)
  for (let e: usize = 0; e < pairs; e += 16) most = f64x2.pmax(most, v128.load(into + e))
  let greatest = max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1))
  if (experts & 1) greatest = max(greatest, load<f64>(into + pairs))
  softmaxFrom(into, experts, greatest)
}

/** Adds `weight` x log(chances) to `into`, expert by expert. */
export function addLogs(row: usize, weight: f64, into: usize, experts: u32, logs: usize): void {
  const bytes = <usize>((experts + 1) >> 1) << 4
  const octave = f64x2.splat(weight * 0.6931471805599453)
  const times = f64x2.splat(weight)
  const floor = f64x2.splat(1e-9)
  for (let e: usize = 0; e < bytes; e += 16) {
    const words = f32x4.demote_f64x2_zero(f64x2.pmax(v128.load(row + e), floor))
    const powers = f64x2.convert_low_i32x4_s(i32x4.sub(i32x4.shr_s(words, 23), i32x4.splat(127)))
    const places = v128.and(i32x4.shr_u(words, 9), i32x4.splat(0x3ff8))
    const parts = f64x2.replace_lane(
      f64x2.splat(load<f64>(logs + i32x4.extract_lane(places, 0))),
      1,
      load<f64>(logs + i32x4.extract_lane(places, 1))
    )
    const log = f64x2.add(f64x2.mul(octave, powers), f64x2.mul(times, parts))
    v128.store(into + e, f64x2.add(v128.load(into + e), log))
  }
}

/**
 * Logs of a row of chances of 32 bits: into `row`, and rounded to 32 bits into `into`. `wide` is room for the chances; all end
 * with room for eight experts.
 */
export function sampleRow(chances: usize, wide: usize, row: usize, into: usize, experts: u32, logs: usize): void {
  for (let e: u32 = 0; e < experts; e += 2) {
    v128.store(wide + (<usize>e << 3), f64x2.promote_low_f32x4(v128.load64_zero(chances + (<usize>e << 2))))
    v128.store(row + (<usize>e << 3), f64x2.splat(0))
  }
  addLogs(wide, 1, row, experts, logs)
  for (let e: u32 = 0; e < experts; e += 2)
    v128.store64_lane(into + (<usize>e << 2), f32x4.demote_f64x2_zero(v128.load(row + (<usize>e << 3))), 0)
}
