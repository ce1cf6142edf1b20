/** Numbers as people read them. Every function takes finite numbers and gives short text with its unit. */
import { formatBytes, formatJoules, formatPs } from "@moira/core"

/** A space that does not break between a number and its unit. */
const space = "\u00a0"

/** Decimals that keep about three significant digits. */
const digits = (value: number): number => {
  const size = Math.abs(value)
  return size >= 100 ? 0 : size >= 10 ? 1 : 2
}

/** By decimals; `toLocaleString` would make one for every number. */
const formats = [0, 1, 2].map(
  (decimals) => new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
)

const fixed = (value: number): string => formats[digits(value)]!.format(value)

export const integer = (value: number): string => formats[0]!.format(Math.round(value))

/** Three significant digits, grouped thousands; whole numbers stay whole. */
export const real = (value: number): string =>
  Number.isInteger(value) ? integer(value) : Math.abs(value) < 0.01 ? value.toExponential(1) : fixed(value)

/** A share as a percentage: 0.4567 is `45.7 %`. */
export const percent = (share: number, decimals = 1): string => `${(100 * share).toFixed(decimals)}${space}%`

/** The difference of two shares in percentage points, with its sign. */
export const points = (difference: number): string => {
  const text = (100 * difference).toFixed(1)
  return `${Number(text) > 0 ? "+" : Number(text) < 0 ? "\u2212" : "\u00b1"}${text.replace("-", "")}${space}points`
}

/** A factor: 2.414 is `2.41×`. */
export const times = (factor: number): string => `${fixed(factor)}×`

const prefixes: ReadonlyArray<readonly [number, string]> = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"]
]

/** A count with a decimal prefix: 1234567 is `1.23 M`. */
export const compact = (value: number): string => {
  const [scale, prefix] = prefixes.find(([size]) => Math.abs(value) >= size) ?? [1, ""]
  return prefix === "" ? real(value) : `${fixed(value / scale)}${space}${prefix}`
}

export const duration = (ps: number): string => formatPs(ps).replace("us", "µs").replace(" ", space)

export const joules = (value: number): string => formatJoules(value).replace("uJ", "µJ").replace(" ", space)

export const bytes = (value: number): string => formatBytes(value).replace(" ", space)

/** Text in which no line breaks between a number and its per cent sign. */
export const unbroken = (text: string): string => text.replaceAll(/(\d) %/g, `$1${space}%`)

/** The same text without zeros that say nothing, for ticks: `2.50 TB` is `2.5 TB`, and 0 is 0 in any unit. */
export const tick =
  (format: (value: number) => string) =>
  (value: number): string =>
    value === 0 ? "0" : format(value).replace(/\.\d+/, (decimals) => decimals.replace(/\.?0+$/, ""))

/** A share on an axis: as many decimals as it needs. */
export const percentTick = tick((share) => percent(share, 2))
