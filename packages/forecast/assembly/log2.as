/** Binary logarithms: `log2` of @moira/core/statistics, to the bit. */

const c1: f64 = 6.66666666666673513e-1
const c2: f64 = 3.999999999940941908e-1
const c3: f64 = 2.857142874366239149e-1
const c4: f64 = 2.222219843214978396e-1
const c5: f64 = 1.818357216161805012e-1
const c6: f64 = 1.531383769920937332e-1
const c7: f64 = 1.479819860511658591e-1
const inverseHigh: f64 = 1.44269504072144627571
const inverseLow: f64 = 1.67517131648865118353e-10
/** The square root of 2 to 20 bits. */
const top: f64 = 1.4142112731933594

/** Of a normal number above 0; infinity and NaN stay what they are. */
export function log2(x: f64): f64 {
  if (!(x < Infinity)) return x
  const bits = reinterpret<u64>(x)
  let exponent = <i32>(bits >> 52) - 0x3ff
  let scaled = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000)
  if (scaled >= top) {
    scaled *= 0.5
    exponent++
  }
  const f = scaled - 1
  const halfSquare = 0.5 * f * f
  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const series = z * (c1 + w * (c3 + w * (c5 + w * c7))) + w * (c2 + w * (c4 + w * c6))
  const first = reinterpret<f64>(reinterpret<u64>(f - halfSquare) & 0xffffffff00000000)
  const second = f - first - halfSquare + s * (halfSquare + series)
  const product = first * inverseHigh
  const sum = <f64>exponent + product
  return (second + first) * inverseLow + second * inverseHigh + (<f64>exponent - sum + product) + sum
}
