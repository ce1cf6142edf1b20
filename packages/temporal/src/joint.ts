/** Joint counts of one layer, split the ways that coverage and the comparison of phases need. */
import { countingKernels, type JointPart } from "@moira/trace/kernels"
import { addRuns, type Part, type Runs, type Steps } from "./steps.ts"

/** `experts x experts` matrices, row-major. A cell gets at most one count a step, so 32 bits hold 4 G tokens. */
export interface JointCounts {
  readonly experts: number
  /** Steps inside prefill and inside decode, all requests. */
  readonly prefill: Uint32Array
  readonly decode: Uint32Array
  /** All steps of the training requests, and of all requests. */
  readonly train: Uint32Array
  readonly all: Uint32Array
  /** All steps of each half of the tasks; undefined where there is one task. */
  readonly byTask: readonly [Uint32Array, Uint32Array] | undefined
}

const order: ReadonlyArray<Part> = ["prefill", "decode", "between"]

/** Which requests choose (0) and which judge (1), and the half of the tasks that each is of. */
export interface Sides {
  readonly heldOut: Uint8Array
  readonly taskHalf: Uint8Array | undefined
}

/** Of cells numbered `3 x (side + 2 x half) + part`, those that belong to a sum, as bits. */
const maskOf = (sides: number, wanted: (side: number, part: number) => boolean): number => {
  let mask = 0
  for (let cell = 0; cell < 3 * sides; cell++) if (wanted(Math.floor(cell / 3), cell % 3)) mask |= 1 << cell
  return mask
}

/** Counts each step once, by side of the split, half of the tasks and part; the matrices wanted are sums of those. */
export const jointCounts = (
  steps: ReadonlyArray<Steps>,
  experts: number,
  { heldOut, taskHalf }: Sides
): JointCounts => {
  const sides = taskHalf === undefined ? 2 : 4
  const parts = steps.map((s): JointPart => {
    const runs: Runs = []
    // Runs of one matrix follow one another, so that it stays in cache.
    for (let side = 0; side < sides; side++) {
      order.forEach((part, p) =>
        addRuns(
          runs,
          s,
          part,
          3 * side + p,
          (r) => heldOut[r]! + 2 * (taskHalf === undefined ? 0 : taskHalf[r]!) === side
        )
      )
    }
    const { topK } = s.rows
    return { a: s.from, b: s.to, shape: { topK, experts, holes: s.holes }, runs: Uint32Array.from(runs) }
  })
  const mask = (wanted: (side: number, part: number) => boolean) => maskOf(sides, wanted)
  const masks = [
    mask((_, part) => part === 0),
    mask((_, part) => part === 1),
    mask((side) => side % 2 === 0),
    mask(() => true),
    ...(taskHalf === undefined ? [] : [mask((side) => side < 2), mask((side) => side > 1)])
  ]
  const sums = countingKernels().jointSums(parts, experts, 3 * sides, Uint32Array.from(masks))
  return {
    experts,
    prefill: sums[0]!,
    decode: sums[1]!,
    train: sums[2]!,
    all: sums[3]!,
    byTask: taskHalf === undefined ? undefined : [sums[4]!, sums[5]!]
  }
}

/** Sums of the rows: how often each expert i begins a step, times the experts at its end. */
export const rowSums = (matrix: Uint32Array, experts: number): Float64Array => {
  const sums = new Float64Array(experts)
  for (let i = 0, k = 0; i < experts; i++) for (const end = k + experts; k < end; k++) sums[i]! += matrix[k]!
  return sums
}

/** Sums of the columns: the popularity of each expert j at the end of a step. */
export const columnSums = (matrix: Uint32Array, experts: number): Float64Array => {
  const sums = new Float64Array(experts)
  for (let k = 0; k < matrix.length;) for (let j = 0; j < experts; j++) sums[j]! += matrix[k++]!
  return sums
}

/**
 * Share of the counts on the diagonal over the share expected of independent ends with the same row and column sums.
 * 0 where the diagonal is empty and nothing was expected there.
 */
export const diagonalLift = (matrix: Uint32Array, experts: number): number => {
  const rows = rowSums(matrix, experts)
  const columns = columnSums(matrix, experts)
  let [diagonal, expected, total] = [0, 0, 0]
  for (let i = 0; i < experts; i++) {
    diagonal += matrix[i * experts + i]!
    expected += rows[i]! * columns[i]!
    total += rows[i]!
  }
  return expected === 0 ? 0 : (diagonal * total) / expected
}
