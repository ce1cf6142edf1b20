/** Rows of scores in the memory of the kernels, and what combines them there. */
import { logTable } from "../parts/fast-log.ts"
import { type KernelMemory, kernelMemory } from "./memory.ts"

/** Kernels take eight experts at a time: rows end with room for as many. */
export const rowBytes = (experts: number): number => 64 * Math.ceil(experts / 8)

/**
 * Rows of scores: in the memory of the kernels while a scope is open there, until it ends; else arrays of their own. That memory
 * does not grow any more, but by `spareBytes`.
 */
export const scoreRows = (count: number, experts: number, spareBytes: number): ReadonlyArray<Float64Array> => {
  const memory = kernelMemory()
  const bytes = rowBytes(experts)
  const at = memory?.take(count * bytes) ?? 0
  if (memory === undefined || at === 0) return Array.from({ length: count }, () => new Float64Array(experts))
  memory.seal(spareBytes)
  return Array.from({ length: count }, (_, row) => new Float64Array(memory.buffer, at + row * bytes, experts))
}

/** Runs plain code with a scope open where there is WebAssembly. */
export const inKernelScope = <A>(use: () => A): A => {
  const memory = kernelMemory()
  return memory === undefined ? use() : memory.inScope(use)
}

type Combine = (scores: ReadonlyArray<Float64Array>, into: Float64Array) => void

/** Writes addresses of rows to `at`; false where one of them is not in the memory. A hot loop, without allocation. */
const addressesOf = (memory: KernelMemory, rows: ReadonlyArray<Float64Array>, at: number): boolean => {
  for (let m = 0; m < rows.length; m++) {
    const row = rows[m]!
    if (row.buffer !== memory.buffer) return false
    memory.u32[at / 4 + m] = row.byteOffset
  }
  return true
}

/**
 * Combines rows by a kernel where all of them are in its memory, and as `plain` does where not. Hot: the function that it
 * gives does not allocate.
 */
export const combineRows = (
  kernel: "mixRows" | "productRows",
  weights: Float64Array,
  plain: (weights: Float64Array, rows: ReadonlyArray<Float64Array>, into: Float64Array) => void
): Combine => {
  const memory = kernelMemory()
  const scope = memory?.scope
  const rows = memory?.take(4 * weights.length) ?? 0
  const factors = memory?.take(8 * weights.length) ?? 0
  const table = kernel === "productRows" ? logTable : undefined
  const logs = table === undefined ? 0 : (memory?.take(8 * table.length) ?? 0)
  if (memory === undefined || scope === undefined || rows === 0 || factors === 0 || (table !== undefined && logs === 0))
    return (scores, into) => plain(weights, scores, into)
  memory.f64.set(weights, factors / 8)
  if (table !== undefined) memory.f64.set(table, logs / 8)
  const call = memory.call[kernel]
  return (scores, into) => {
    if (scope.alive && into.buffer === memory.buffer && addressesOf(memory, scores, rows))
      call(rows, factors, weights.length, into.byteOffset, into.length, logs)
    else plain(weights, scores, into)
  }
}
