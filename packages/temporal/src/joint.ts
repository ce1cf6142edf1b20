/** Joint counts of one layer, split the ways that coverage and the comparison of phases need. */
import { addRuns, countRuns, type Part, type Runs, type Steps } from "./steps.ts"

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

const sum = (matrices: ReadonlyArray<Uint32Array>): Uint32Array => {
  const total = matrices[0]!.slice()
  for (const matrix of matrices.slice(1)) for (let i = 0; i < total.length; i++) total[i]! += matrix[i]!
  return total
}

/** Which requests choose (0) and which judge (1), and the half of the tasks that each is of. */
export interface Sides {
  readonly heldOut: Uint8Array
  readonly taskHalf: Uint8Array | undefined
}

/** Counts each step once, one matrix at a time so that it stays in cache. */
export const jointCounts = (
  steps: ReadonlyArray<Steps>,
  experts: number,
  { heldOut, taskHalf }: Sides
): JointCounts => {
  const matrices = () => order.map(() => new Uint32Array(experts * experts))
  // By side of the split and half of the tasks, then by part.
  const cells = (taskHalf === undefined ? [0, 1] : [0, 1, 2, 3]).map(matrices)
  for (const s of steps) {
    for (const [cell, into] of cells.entries()) {
      const runs: Runs = []
      order.forEach((part, p) =>
        addRuns(runs, s, part, p, (r) => heldOut[r]! + 2 * (taskHalf === undefined ? 0 : taskHalf[r]!) === cell)
      )
      countRuns(s, runs, into)
    }
  }
  const of = (wanted: (cell: number) => boolean) => cells.filter((_, cell) => wanted(cell))
  const half = (task: number) => sum(of((cell) => cell >> 1 === task).flat())
  return {
    experts,
    prefill: sum(cells.map((parts) => parts[0]!)),
    decode: sum(cells.map((parts) => parts[1]!)),
    train: sum(of((cell) => cell % 2 === 0).flat()),
    all: sum(cells.flat()),
    byTask: taskHalf === undefined ? undefined : [half(0), half(1)]
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
