/** What a log-linear fit is led by: `plainSums` of `plain/log-linear.ts`, to the bit, experts or members in pairs. */
import { softmaxFrom } from "./exp"

/** A fit in memory; rows end with room for eight experts, lists of members with room for a whole number of eight. */
@unmanaged
class Fit {
  experts: u32
  members: u32
  tokens: u32
  /** Second derivatives are taken at every so many tokens. */
  every: u32
  /** `[tokens][members]` rows of 32 bits, and the bytes of one. */
  logs: u32
  rowBytes: u32
  weights: u32
  /** `[tokens][members]` */
  chosen: u32
  selections: u32
  shares: u32
  scratch: u32
  means: u32
  products: u32
  /** A row of zeros, for members that fill up the last eight. */
  zeros: u32
  /** `[tokens][2]`: the greatest sum of logs, and what the shares were divided by. */
  tops: u32
  gradient: u32
  curvature: u32
}

// @ts-ignore: decorator
@inline
function pair(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at))
}

/** Shares of the experts at a token, whose rows begin at `row`. */
function sharesAt(fit: Fit, row: usize, t: u32): void {
  const shares = <usize>fit.shares
  for (let e: u32 = 0; e < fit.experts; e += 8) {
    let at = row + (<usize>e << 2)
    let a = f64x2.splat(0)
    let b = a
    let c = a
    let d = a
    for (let m: u32 = 0; m < fit.members; m++, at += fit.rowBytes) {
      const weight = v128.load_splat<f64>(<usize>fit.weights + (<usize>m << 3))
      a = f64x2.add(a, f64x2.mul(weight, pair(at)))
      b = f64x2.add(b, f64x2.mul(weight, pair(at + 8)))
      c = f64x2.add(c, f64x2.mul(weight, pair(at + 16)))
      d = f64x2.add(d, f64x2.mul(weight, pair(at + 24)))
    }
    const to = shares + (<usize>e << 3)
    v128.store(to, a)
    v128.store(to, b, 16)
    v128.store(to, c, 32)
    v128.store(to, d, 48)
  }
  const pairs = <usize>(fit.experts >> 1) << 4
  let most = f64x2.splat(-Infinity)
  for (let e: usize = 0; e < pairs; e += 16) most = f64x2.pmax(most, v128.load(shares + e))
  let greatest = max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1))
  if (fit.experts & 1) greatest = max(greatest, load<f64>(shares + pairs))
  const tops = <usize>fit.tops + (<usize>t << 4)
  store<f64>(tops, greatest)
  store<f64>(tops, softmaxFrom(shares, fit.experts, greatest), 8)
}

/** One step of the sums of two members: their products with two experts are taken one after the other. */
// @ts-ignore: decorator
@inline
function first(one: v128, other: v128): v128 {
  return v128.shuffle<f64>(one, other, 0, 2)
}

// @ts-ignore: decorator
@inline
function second(one: v128, other: v128): v128 {
  return v128.shuffle<f64>(one, other, 1, 3)
}

/** Sums over the experts of `vector` x log, of the first `members` members, eight at a time, into `into`. */
function dots(fit: Fit, vector: usize, row: usize, members: u32, into: usize): void {
  const bytes = <usize>fit.rowBytes
  const zeros = <usize>fit.zeros
  const pairs = fit.experts & ~1
  for (let m: u32 = 0; m < members; m += 8) {
    const r0 = row + m * bytes
    const r1 = m + 1 < members ? r0 + bytes : zeros
    const r2 = m + 2 < members ? r0 + 2 * bytes : zeros
    const r3 = m + 3 < members ? r0 + 3 * bytes : zeros
    const r4 = m + 4 < members ? r0 + 4 * bytes : zeros
    const r5 = m + 5 < members ? r0 + 5 * bytes : zeros
    const r6 = m + 6 < members ? r0 + 6 * bytes : zeros
    const r7 = m + 7 < members ? r0 + 7 * bytes : zeros
    let a = f64x2.splat(0)
    let b = a
    let c = a
    let d = a
    for (let e: u32 = 0; e < pairs; e += 2) {
      const at = <usize>e << 2
      const two = v128.load(vector + (<usize>e << 3))
      const p0 = f64x2.mul(two, pair(r0 + at))
      const p1 = f64x2.mul(two, pair(r1 + at))
      const p2 = f64x2.mul(two, pair(r2 + at))
      const p3 = f64x2.mul(two, pair(r3 + at))
      const p4 = f64x2.mul(two, pair(r4 + at))
      const p5 = f64x2.mul(two, pair(r5 + at))
      const p6 = f64x2.mul(two, pair(r6 + at))
      const p7 = f64x2.mul(two, pair(r7 + at))
      a = f64x2.add(f64x2.add(a, first(p0, p1)), second(p0, p1))
      b = f64x2.add(f64x2.add(b, first(p2, p3)), second(p2, p3))
      c = f64x2.add(f64x2.add(c, first(p4, p5)), second(p4, p5))
      d = f64x2.add(f64x2.add(d, first(p6, p7)), second(p6, p7))
    }
    if (fit.experts & 1) {
      const at = <usize>pairs << 2
      const last = v128.load64_zero(vector + (<usize>pairs << 3))
      a = f64x2.add(a, first(f64x2.mul(last, pair(r0 + at)), f64x2.mul(last, pair(r1 + at))))
      b = f64x2.add(b, first(f64x2.mul(last, pair(r2 + at)), f64x2.mul(last, pair(r3 + at))))
      c = f64x2.add(c, first(f64x2.mul(last, pair(r4 + at)), f64x2.mul(last, pair(r5 + at))))
      d = f64x2.add(d, first(f64x2.mul(last, pair(r6 + at)), f64x2.mul(last, pair(r7 + at))))
    }
    const to = into + (<usize>m << 3)
    v128.store(to, a)
    v128.store(to, b, 16)
    v128.store(to, c, 32)
    v128.store(to, d, 48)
  }
}

/** Adds the covariance of the members' logs at a token, lower triangle. */
function addCurvature(fit: Fit, row: usize, weight: f64): void {
  const scratch = <usize>fit.scratch
  for (let m: u32 = 0; m < fit.members; m++) {
    const mean = v128.load_splat<f64>(<usize>fit.means + (<usize>m << 3))
    const own = row + <usize>m * fit.rowBytes
    for (let e: u32 = 0; e < fit.experts; e += 2) {
      const at = <usize>e << 3
      const share = v128.load(<usize>fit.shares + at)
      v128.store(scratch + at, f64x2.mul(share, f64x2.sub(pair(own + (at >> 1)), mean)))
    }
    dots(fit, scratch, row, m + 1, fit.products)
    for (let o: u32 = 0; o <= m; o++) {
      const to = <usize>fit.curvature + (<usize>(m * fit.members + o) << 3)
      store<f64>(to, load<f64>(to) + weight * load<f64>(<usize>fit.products + (<usize>o << 3)))
    }
  }
}

/** Adds to the gradient and to the curvature, and writes what the value is made of. */
export function slopeSums(at: usize): void {
  const fit = changetype<Fit>(at)
  for (let t: u32 = 0; t < fit.tokens; t++) {
    const row = <usize>fit.logs + <usize>(t * fit.members) * fit.rowBytes
    const selections = load<f64>(<usize>fit.selections + (<usize>t << 3))
    sharesAt(fit, row, t)
    dots(fit, fit.shares, row, fit.members, fit.means)
    for (let m: u32 = 0; m < fit.members; m++) {
      const to = <usize>fit.gradient + (<usize>m << 3)
      const chosen = load<f64>(<usize>fit.chosen + (<usize>(t * fit.members + m) << 3))
      store<f64>(to, load<f64>(to) + (chosen - selections * load<f64>(<usize>fit.means + (<usize>m << 3))))
    }
    if (t % fit.every === 0) addCurvature(fit, row, <f64>fit.every * selections)
  }
}
