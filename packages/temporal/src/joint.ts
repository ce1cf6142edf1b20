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
}

const order: ReadonlyArray<Part> = ["prefill", "decode", "between"]

const sum = (matrices: ReadonlyArray<Uint32Array>): Uint32Array => {
  const total = matrices[0]!.slice()
  for (const matrix of matrices.slice(1)) for (let i = 0; i < total.length; i++) total[i]! += matrix[i]!
  return total
}

/** Counts each step once, one matrix at a time so that it stays in cache; `heldOut` is 1 for held-out requests. */
export const jointCounts = (steps: ReadonlyArray<Steps>, experts: number, heldOut: Uint8Array): JointCounts => {
  const matrices = () => order.map(() => new Uint32Array(experts * experts))
  const [training, judging] = [matrices(), matrices()]
  for (const s of steps) {
    for (const [side, into] of [training, judging].entries()) {
      const runs: Runs = []
      order.forEach((part, p) => addRuns(runs, s, part, p, (r) => heldOut[r] === side))
      countRuns(s, runs, into)
    }
  }
  const train = sum(training)
  return {
    experts,
    prefill: sum([training[0]!, judging[0]!]),
    decode: sum([training[1]!, judging[1]!]),
    train,
    all: sum([train, ...judging])
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
