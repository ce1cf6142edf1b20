/**
 * Binary logarithm with the same bits in every engine: the last one of `Math.log2` differs between versions of V8. This is
 * FreeBSD's e_log2.c (Sun Microsystems, 1993), which Node 24 has too; below one unit in the last place.
 */

/** Coefficients of the series of log(1 + f) in s = f / (2 + f). */
const c1 = 6.66666666666673513e-1
const c2 = 3.999999999940941908e-1
const c3 = 2.857142874366239149e-1
const c4 = 2.222219843214978396e-1
const c5 = 1.818357216161805012e-1
const c6 = 1.531383769920937332e-1
const c7 = 1.479819860511658591e-1
/** 1 / ln 2 in two parts, so that a product of the first with 21 bits is exact. */
const inverseHigh = 1.44269504072144627571
const inverseLow = 1.67517131648865118353e-10

const double = new Float64Array(1)
/** The lower half of its bits. */
const lowWord = new Int32Array(double.buffer, 0, 1)

/** Numbers are scaled to half of this or more, and below it: the square root of 2 to 20 bits. */
const top = 1 + 0x6a09c / 2 ** 20
const bottom = top / 2

/** Of a number above 0, best of shares and their ratios: every factor of 2 away from 1 costs a step. */
export const log2 = (x: number): number => {
  if (!(x > 0 && x < Infinity)) return Math.log2(x)
  let exponent = 0
  let scaled = x
  for (; scaled >= top; scaled *= 0.5) exponent++
  for (; scaled < bottom; scaled *= 2) exponent--
  const f = scaled - 1
  const halfSquare = 0.5 * f * f
  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const series = z * (c1 + w * (c3 + w * (c5 + w * c7))) + w * (c2 + w * (c4 + w * c6))
  double[0] = f - halfSquare
  lowWord[0] = 0
  const first = double[0]
  const second = f - first - halfSquare + s * (halfSquare + series)
  const product = first * inverseHigh
  const sum = exponent + product
  return (second + first) * inverseLow + second * inverseHigh + (exponent - sum + product) + sum
}
