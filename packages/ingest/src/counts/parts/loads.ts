/** Loads as a file gives them become counts: whole ones as they are, others times a power of two and rounded. */
import { maxCells } from "@moira/trace"
import { ContentFault } from "../../fault/content-fault.ts"

/** What a number must be to be a load. */
export const isLoad = (value: number): boolean => value >= 0 && value <= Number.MAX_SAFE_INTEGER

/** Why a number is no load. */
export const noLoad = (value: number): string =>
  `${value} is no count, which is a number from 0 to 2^53 - 1, whole unless it is an average`

/** Doubles (those given, if they are such, else a copy), each checked to be a load; `place` names the array in messages. */
export const checkedLoads = (values: ArrayLike<number>, place: string): Float64Array => {
  const before = place === "" ? "" : `${place}, `
  if (values.length > maxCells)
    throw new ContentFault("WrongShape", `${before}entry 0`, `${values.length} counts; a workload may hold ${maxCells}`)
  const counts = values instanceof Float64Array ? values : new Float64Array(values.length)
  // A plain loop over up to millions of counts.
  for (let i = 0; i < counts.length; i++) {
    const value = values[i]!
    if (!isLoad(value)) throw new ContentFault("Malformed", `${before}entry ${i}`, noLoad(value))
    counts[i] = value + 0
  }
  return counts
}

/** Sums of rows of `size` loads, those of zero left out. */
const rowSums = (loads: Float64Array, size: number): ReadonlyArray<number> => {
  const sums: Array<number> = []
  for (let at = 0; at < loads.length; at += size) {
    const sum = loads.subarray(at, at + size).reduce((total, load) => total + load, 0)
    if (sum > 0) sums.push(sum)
  }
  return sums
}

/** Shares of hundreds of experts that were written with four digits add up to 1 only nearly. */
const nearly = (sum: number, whole: number): boolean => Math.abs(sum - whole) <= 0.02 * whole

/** Refuses shares and percentages: how much was recorded cannot be told from them. */
const refuseShares = (loads: Float64Array, experts: number, rows: number): void => {
  const layers = rowSums(loads, experts)
  const steps = rowSums(loads, experts * rows)
  const all = (sums: ReadonlyArray<number>, whole: number) => sums.every((sum) => nearly(sum, whole))
  const kind = all(layers, 1)
    ? "each layer adds up to 1, so that these look like shares"
    : all(steps, 1)
      ? "all together add up to 1, so that these look like shares"
      : all(layers, 100)
        ? "each layer adds up to 100, so that these look like percentages"
        : undefined
  if (kind !== undefined)
    throw new ContentFault(
      "WrongShape",
      "entry 0",
      `whole counts are needed: ${kind}`,
      "give the counts before they were divided, or multiply each layer by how many selections it had"
    )
}

export interface Counted {
  readonly counts: Float64Array
  /** Counts that make 1 of the file's unit; undefined where it counted. */
  readonly scale?: number
  readonly notes: ReadonlyArray<string>
}

/** The largest count that scaling makes: a full workload of such still has an exact sum. */
const mostBits = 27

/**
 * `[step][row][expert]` as counts. Where all are whole they are taken as they are. Else each is multiplied by the power of
 * two that brings the greatest to some 2^27, and rounded. Throws `ContentFault` for shares.
 */
export const countsOf = (loads: Float64Array, rows: number, experts: number): Counted => {
  if (loads.every((load) => Number.isInteger(load))) return { counts: loads, notes: [] }
  refuseShares(loads, experts, rows)
  const most = loads.reduce((greatest, load) => Math.max(greatest, load), 0)
  const scale = 2 ** Math.min(52, Math.max(0, mostBits - Math.ceil(Math.log2(most))))
  const note = `loads are not whole numbers, so each was multiplied by ${scale} and rounded: ${scale} counts are 1 of the file's unit`
  return { counts: loads.map((load) => Math.round(load * scale)), scale, notes: [note] }
}
