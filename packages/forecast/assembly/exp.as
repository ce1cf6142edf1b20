/**
 * e to the power of numbers that are not positive, two at a time: fdlibm's e_exp.c (Sun Microsystems, 1993), to the bit, which
 * is what the engines' own `Math.exp` is.
 */

/** Below this the vector's powers of two would leave the range of normal numbers. */
const least: f64 = -700

const ln2High: f64 = 6.93147180369123816490e-1
const ln2Low: f64 = 1.90821492927058770002e-10
const inverseLn2: f64 = 1.44269504088896338700
const p1: f64 = 1.66666666666666019037e-1
const p2: f64 = -2.77777777770155933842e-3
const p3: f64 = 6.61375632143793436117e-5
const p4: f64 = -1.65339022054652515390e-6
const p5: f64 = 4.13813679705723846039e-8

/** Adding this leaves a whole number in the low bits. */
const magic: f64 = 6755399441055744

/** Of a number from the underflow on to {@link least}. */
function expDeep(x: f64): f64 {
  if (x < -7.45133219101941108420e2) return 0
  const k = <i32>(inverseLn2 * x - 0.5)
  const t0 = <f64>k
  const high = x - t0 * ln2High
  const low = t0 * ln2Low
  const r = high - low
  const t = r * r
  const c = r - t * (p1 + t * (p2 + t * (p3 + t * (p4 + t * p5))))
  const y = 1.0 - (low - (r * c) / (2.0 - c) - high)
  if (k >= -1021) return y * reinterpret<f64>(<u64>(0x3ff + k) << 52)
  return y * reinterpret<f64>(<u64>(0x3ff + 1000 + k) << 52) * 9.33263618503218878990e-302
}

/** Both from {@link least} to 0. */
// @ts-ignore: decorator
@inline
function expNear(x: v128): v128 {
  const size = i64x2.shr_u(i64x2.shl(x, 1), 33)
  const band = v128.and(i64x2.gt_s(size, i64x2.splat(0x3fd62e42)), i64x2.gt_s(i64x2.splat(0x3ff0a2b2), size))
  const far = i64x2.gt_s(size, i64x2.splat(0x3fd62e42))
  const general = f64x2.trunc(f64x2.sub(f64x2.mul(f64x2.splat(inverseLn2), x), f64x2.splat(0.5)))
  const k = v128.and(v128.bitselect(f64x2.splat(-1), general, band), far)
  const high = f64x2.sub(x, f64x2.mul(k, f64x2.splat(ln2High)))
  const low = f64x2.mul(k, f64x2.splat(ln2Low))
  const r = f64x2.sub(high, low)
  const t = f64x2.mul(r, r)
  let poly = f64x2.add(f64x2.splat(p4), f64x2.mul(t, f64x2.splat(p5)))
  poly = f64x2.add(f64x2.splat(p3), f64x2.mul(t, poly))
  poly = f64x2.add(f64x2.splat(p2), f64x2.mul(t, poly))
  poly = f64x2.add(f64x2.splat(p1), f64x2.mul(t, poly))
  const c = f64x2.sub(r, f64x2.mul(t, poly))
  const quotient = f64x2.div(f64x2.mul(r, c), f64x2.sub(f64x2.splat(2), c))
  const y = f64x2.sub(f64x2.splat(1), f64x2.sub(f64x2.sub(low, quotient), high))
  const power = i64x2.add(
    i64x2.shl(f64x2.add(k, f64x2.splat(magic)), 52),
    i64x2.splat(0x3ff0000000000000)
  )
  const tiny = i64x2.gt_s(i64x2.splat(0x3e300000), size)
  return v128.bitselect(f64x2.add(f64x2.splat(1), x), f64x2.mul(y, power), tiny)
}

/** Of a number that is not positive; NaN stays one. */
export function exp(x: f64): f64 {
  return x < least ? expDeep(x) : f64x2.extract_lane(expNear(f64x2.splat(x)), 0)
}

// @ts-ignore: decorator
@inline
export function exp2(x: v128): v128 {
  if (v128.any_true(f64x2.lt(x, f64x2.splat(least))))
    return f64x2.replace_lane(
      f64x2.splat(exp(f64x2.extract_lane(x, 0))),
      1,
      exp(f64x2.extract_lane(x, 1))
    )
  return expNear(x)
}

/** Makes shares of logarithms: what `softmax` does, to the bit. `most` is the greatest of them. Returns what they were divided by. */
export function softmaxFrom(scores: usize, experts: u32, most: f64): f64 {
  const pairs = scores + (<usize>(experts >> 1) << 4)
  const top = f64x2.splat(most)
  let total: f64 = 0
  for (let at = scores; at < pairs; at += 16) {
    const y = exp2(f64x2.sub(v128.load(at), top))
    v128.store(at, y)
    total += f64x2.extract_lane(y, 0)
    total += f64x2.extract_lane(y, 1)
  }
  if (experts & 1) {
    const y = exp(load<f64>(pairs) - most)
    store<f64>(pairs, y)
    total += y
  }
  const whole = f64x2.splat(total)
  for (let at = scores; at < pairs; at += 16) v128.store(at, f64x2.div(v128.load(at), whole))
  if (experts & 1) store<f64>(pairs, load<f64>(pairs) / total)
  return total
}
