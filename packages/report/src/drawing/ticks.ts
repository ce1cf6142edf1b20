/** Round numbers for axes and legends. */
import { greatestOf, leastOf } from "@moira/core/statistics"

const steps = [1, 2, 2.5, 5, 10]

/** The round step that cuts `span` into at most `most` pieces. */
const niceStep = (span: number, most: number): number => {
  const rough = span / most
  const decade = 10 ** Math.floor(Math.log10(rough))
  return decade * (steps.find((s) => s * decade >= rough * (1 - 1e-9)) ?? 10)
}

/** Multiples of a round step from `low` to `high`, about `most` of them. */
export const linearTicks = (low: number, high: number, most = 6): Array<number> => {
  if (!(high > low)) return [low]
  const step = niceStep(high - low, most)
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** Whole numbers only, for layers, steps and experts. */
export const integerTicks = (low: number, high: number, most = 8): Array<number> =>
  high - low <= most
    ? Array.from({ length: Math.floor(high) - Math.ceil(low) + 1 }, (_, i) => Math.ceil(low) + i)
    : linearTicks(low, high, most).filter(Number.isInteger)

/** The smallest multiple of a round step that is not below `value`, for the end of an axis that starts at 0. */
export const niceCeil = (value: number): number => {
  if (!(value > 0)) return 1
  const step = niceStep(value, 5)
  return Number((Math.ceil(value / step - 1e-9) * step).toPrecision(12))
}

/** Powers of ten around positive values: strictly below the least, at or above the greatest. */
export const decades = (values: ReadonlyArray<number>): readonly [number, number] => {
  const positive = values.filter((v) => v > 0)
  if (positive.length === 0) return [1, 10]
  const low = Math.ceil(Math.log10(leastOf(positive)) - 1e-9) - 1
  const high = Math.ceil(Math.log10(greatestOf(positive)) - 1e-9)
  return [10 ** low, 10 ** Math.max(high, low + 1)]
}

/** Powers of ten from `low` to `high`, thinned to at most `most`; with 2 and 5 between them where there are few. */
export const logTicks = (low: number, high: number, most = 9): Array<number> => {
  const first = Math.ceil(Math.log10(low) - 1e-9)
  const last = Math.floor(Math.log10(high) + 1e-9)
  const powers = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => 10 ** (first + i))
  if (powers.length > 3) return powers.filter((_, i) => i % Math.ceil(powers.length / most) === 0)
  const between = Array.from({ length: last - first + 3 }, (_, i) => 10 ** (first - 1 + i))
    .flatMap((p) => [p, 2 * p, 5 * p])
    .filter((v) => v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9))
  return between.length > most && powers.length > 1 ? powers : between
}
