/** Forecasts from heatmaps in WebAssembly (source: `assembly/heatmap.as`): the same additions in the same order. */
import { kernelMemory } from "./memory.ts"
import { rowBytes } from "./rows.ts"

/**
 * Writes scores from the rows of what was chosen; how many rows there were, and -1 where nothing could be written. Hot, no
 * allocation but a view where `scores` are not in the memory of the kernels.
 */
export type HeatmapKernel = (ids: ArrayLike<number>, from: number, to: number, scores: Float64Array) => number

/** Most ids of a token. */
const maxIds = 256

/**
 * The kernel of a trained table (`[experts][experts]`), which works until the scope that is open ends; undefined where none
 * is. `logPopularity` is what the evidence of the rows is added to; without it their mean is taken.
 */
export const heatmapKernel = (
  table: Float32Array,
  experts: number,
  topK: number,
  logPopularity: Float64Array | undefined
): HeatmapKernel | undefined => {
  const memory = kernelMemory()
  const scope = memory?.scope
  if (memory === undefined || scope === undefined) return undefined
  const stride = rowBytes(experts) / 2
  const places = [stride * experts, rowBytes(experts), rowBytes(experts), 2 * maxIds, 4 * maxIds].map(memory.take)
  if (places.includes(0)) return undefined
  const [tableAt, logsAt, outAt, idsAt, rowsAt] = places as [number, number, number, number, number]
  for (let i = 0; i < experts; i++)
    memory.f32.set(table.subarray(i * experts, (i + 1) * experts), (tableAt + i * stride) / 4)
  if (logPopularity !== undefined) memory.f64.set(logPopularity, logsAt / 8)
  const { heatmapMean, heatmapProduct } = memory.call
  return (ids, from, to, scores) => {
    const count = to - from
    if (!scope.alive || count > maxIds) return -1
    const { u16 } = memory
    for (let i = 0; i < count; i++) u16[idsAt / 2 + i] = ids[from + i]!
    const into = scores.buffer === memory.buffer ? scores.byteOffset : outAt
    const rows =
      logPopularity === undefined
        ? heatmapMean(tableAt, stride, experts, idsAt, count, rowsAt, into)
        : heatmapProduct(tableAt, stride, experts, idsAt, count, rowsAt, into, logsAt, topK)
    if (rows > 0 && into === outAt) scores.set(memory.f64.subarray(outAt / 8, outAt / 8 + experts))
    return rows
  }
}
