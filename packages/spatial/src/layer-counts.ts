/** Selections of one layer by request, and what follows from them: counted once for all figures of the layer. */
import { type LayerSelections } from "@moira/trace"
import { requestCounts, statisticsKernels } from "@moira/trace/kernels"
import type { Settings } from "./options.ts"

/** Selections by expert of those who choose and of those who judge. */
export type Sides = readonly [choosing: Uint32Array, judging: Uint32Array]

export interface LayerCounts {
  readonly experts: number
  /** `[request * experts + expert]`, for all requests of the trace. */
  readonly byRequest: Uint32Array
  /** Training and held-out requests. */
  readonly ofSplit: Sides
  /** Requests of either half of the tasks; undefined where there is one task. */
  readonly ofTasks: Sides | undefined
}

export const layerCounts = (
  chunks: ReadonlyArray<LayerSelections>,
  { heldOut, tasks }: Pick<Settings, "heldOut" | "tasks">
): LayerCounts => {
  const { experts } = chunks[0]!
  const byRequest = requestCounts(chunks, heldOut.length)
  const sides: Array<Sides> = []
  const labellings = tasks === undefined ? [heldOut] : [heldOut, tasks.halfOf]
  statisticsKernels().sumByLabel(byRequest, experts, labellings, 2, (sums) =>
    sides.push([sums.slice(0, experts), sums.slice(experts)])
  )
  return { experts, byRequest, ofSplit: sides[0]!, ofTasks: sides[1] }
}

/** Selections of each request marked 1, and those of marked experts among them; a hot loop. */
export const judgeRequests = (
  { experts, byRequest }: LayerCounts,
  marked: Uint8Array,
  heldOut: Uint8Array
): { readonly totals: Float64Array; readonly hits: Float64Array } => {
  const totals = new Float64Array(heldOut.length)
  const hits = new Float64Array(heldOut.length)
  for (let r = 0; r < heldOut.length; r++) {
    if (heldOut[r] !== 1) continue
    let [total, hit] = [0, 0]
    for (let e = 0, o = r * experts; e < experts; e++, o++) {
      total += byRequest[o]!
      hit += byRequest[o]! * marked[e]!
    }
    totals[r] = total
    hits[r] = hit
  }
  return { totals, hits }
}
