/** Counting of selections and statistics of counts: `@moira/trace/kernels`. WebAssembly where it pays, else JavaScript. */
import { jsKernels } from "./count-js.ts"
import { wasmKernels } from "./count-wasm.ts"
import type { CountingKernels } from "./counting.ts"

export { hasHoles, hitKernel, jointKernel, jsKernels } from "./count-js.ts"
export { wasmKernels } from "./count-wasm.ts"
export type { CountingKernels, IdShape, JointPart, PairPart } from "./counting.ts"
export { chunkHasHoles, requestCounts } from "./request-counts.ts"
export { recency, type Recency } from "./recency.ts"
export { jsStatistics } from "./statistics-js.ts"
export type { DecodeRows, ReuseTotals, StatisticsKernels } from "./statistics.ts"
export { statisticsKernels, wasmStatistics } from "./statistics-wasm.ts"

const chosen = (wasm: CountingKernels): CountingKernels => {
  // Matrices are copied there and back: not worth it for fewer additions than they have cells.
  const pays = (ids: Uint16Array, topK: number, cells: number) => (ids.length * topK >= cells ? wasm : jsKernels)
  return {
    engine: "wasm",
    joint: (a, b, shape, runs, into) =>
      pays(a, shape.topK, into.length * shape.experts ** 2).joint(a, b, shape, runs, into),
    judge: (a, b, shape, runs, candidates, answers) =>
      pays(a, shape.topK, shape.experts ** 2).judge(a, b, shape, runs, candidates, answers),
    pairs: (ids, shape, into) => pays(ids, shape.topK, into.length).pairs(ids, shape, into),
    jointSums: wasm.jointSums,
    pairSums: wasm.pairSums,
    markedPairs: (ids, shape, runs, marked, answers) =>
      pays(ids, shape.topK, shape.experts ** 2).markedPairs(ids, shape, runs, marked, answers)
  }
}

let kernels: CountingKernels | undefined

/** The fastest kernels of this machine. */
export const countingKernels = (): CountingKernels => {
  if (kernels !== undefined) return kernels
  const wasm = wasmKernels()
  kernels = wasm === undefined ? jsKernels : chosen(wasm)
  return kernels
}
