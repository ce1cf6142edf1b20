/**
 * Exponential function with the same bits in every engine: the last one of `Math.exp` differs between versions of V8. This is
 * fdlibm's e_exp.c (Sun Microsystems, 1993), which Node 24 has too; below one unit in the last place.
 */

/** Coefficients of the approximation of exp(r) by a quotient, for r of at most half of ln 2 either way. */
const p1 = 1.66666666666666019037e-1
const p2 = -2.77777777770155933842e-3
const p3 = 6.61375632143793436117e-5
const p4 = -1.6533902205465251539e-6
const p5 = 4.13813679705723846039e-8
/** ln 2 in two parts, so that whole multiples of the first are exact. */
const ln2High = 6.9314718036912381649e-1
const ln2Low = 1.90821492927058770002e-10

/** From where one ln 2 is taken off, to where no more than one is: a half and one and a half of it, to 20 bits. */
const half = 1 / 4 + 0x62e43 / 2 ** 22
const oneAndHalf = 1 + 0xa2b2 / 2 ** 20
/** Below it 1 + x is exact. */
const tiny = 2 ** -28

const offset = 1022
/** `2^(i - offset)`. */
const powersOfTwo = Float64Array.from({ length: 2046 }, (_, i) => 2 ** (i - offset))

/** Of numbers from -708 to 709; beyond, where results are next to 0 or to infinity, the engine's own. */
export const exp = (x: number): number => {
  if (!(x < 709 && x > -708)) return Math.exp(x)
  let k = 0
  if (x >= half) {
    if (x === 1) return Math.E
    k = x < oneAndHalf ? 1 : (Math.LOG2E * x + 0.5) | 0
  } else if (x <= -half) k = x > -oneAndHalf ? -1 : (Math.LOG2E * x - 0.5) | 0
  else if (x < tiny && x > -tiny) return 1 + x
  const high = x - k * ln2High
  const low = k * ln2Low
  const r = high - low
  const t = r * r
  const c = r - t * (p1 + t * (p2 + t * (p3 + t * (p4 + t * p5))))
  return (1 - (low - (r * c) / (2 - c) - high)) * powersOfTwo[k + offset]!
}
