/** Units that pass between packages. Names carry the unit; times are whole picoseconds. */

/** Whole picoseconds. A double is exact to 2^53 ps, which is 2.5 hours of simulated time. */
export type Picoseconds = number & { readonly unit?: "ps" }
/** Whole bytes. */
export type Bytes = number & { readonly unit?: "B" }

const psPerSec = 1e12

/**
 * Seconds to whole picoseconds, rounded up so that work never takes no time; the rounding error of the doubles is not
 * taken for more time (1 ns is 1000 ps, not 1001). Throws on overflow: a programming error.
 */
export const wholePs = (seconds: number): Picoseconds => {
  const exact = seconds * psPerSec
  const nearest = Math.round(exact)
  const ps = Math.abs(exact - nearest) <= nearest * 2 ** -51 ? nearest : Math.ceil(exact)
  if (!Number.isSafeInteger(ps)) throw new RangeError(`${seconds} s is not a whole number of picoseconds below 2^53`)
  return ps
}

const scaled = (value: number, base: number, units: ReadonlyArray<string>): string => {
  let i = 0
  let v = value
  // Rounded, so that 999,999 B is 1.00 MB and not 1000 kB.
  while (Math.round(Math.abs(v)) >= base && i < units.length - 1) {
    v /= base
    i++
  }
  return `${v >= 100 || i === 0 ? Math.round(v) : v.toPrecision(3)} ${units[i]}`
}

export const formatBytes = (bytes: Bytes): string => scaled(bytes, 1000, ["B", "kB", "MB", "GB", "TB", "PB"])
export const formatPs = (ps: Picoseconds): string => scaled(ps, 1000, ["ps", "ns", "us", "ms", "s"])
export const formatJoules = (joules: number): string =>
  scaled(joules * 1e12, 1000, ["pJ", "nJ", "uJ", "mJ", "J", "kJ", "MJ"])
export const formatCount = (n: number): string => n.toLocaleString("en-US")
