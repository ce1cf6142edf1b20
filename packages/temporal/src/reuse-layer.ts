/** Reuse distance of experts at one layer, in decode. */
import { groupsOfBatches, heldOutMembers, sum, topCount, topIndices } from "@moira/core/statistics"
import { statisticsKernels } from "@moira/trace/kernels"
import type { Settings } from "./options.ts"
import type { RequestRows } from "./request-rows.ts"

/** Shares of a layer's experts that caches of the result hold. */
const cacheShares = [0.1, 0.2, 0.5] as const

/** The cache sizes of the result, ascending. */
export const cacheSizes = (experts: number): ReadonlyArray<number> => [
  ...new Set(cacheShares.map((share) => topCount(experts, share)))
]

/** What is kept of a layer until all layers are there. */
export interface ReuseSummary {
  readonly layer: number
  readonly degenerate: boolean
  readonly uses: number
  readonly firstUses: number
  /** `depths[n - 1]`: uses at depth n. */
  readonly depths: Float64Array
  /** `popularity[n - 1]`: held-out hit rate of always caching the n most used of training. */
  readonly popularity: ReadonlyArray<number> | null
  /** By batch: uses, and hits of a cache of each of {@link cacheSizes}. */
  readonly totals: Uint32Array
  readonly hits: ReadonlyArray<Uint32Array>
}

const popularityCurve = (train: Uint32Array, heldOut: Uint32Array): ReadonlyArray<number> | null => {
  const total = sum(heldOut)
  if (sum(train) === 0 || total === 0) return null
  let hits = 0
  return Array.from(topIndices(train), (expert) => (hits += heldOut[expert]!) / total)
}

/**
 * Batches of `batch` consecutive requests decode side by side: at each step the requests still decoding use their
 * experts, in order of request and of rank, each expert once a step. A last batch that is not full is left out.
 * Undefined where nothing is used.
 */
export const reuseLayer = (
  layer: number,
  degenerate: boolean,
  rows: RequestRows,
  batch: number,
  { groups, split }: Pick<Settings, "groups" | "split">
): ReuseSummary | undefined => {
  const { experts, ids } = rows
  const batches = Math.floor(ids.length / batch)
  const heldOut = heldOutMembers(groupsOfBatches(groups, batch, batches), split)
  const sizes = cacheSizes(experts)
  const depths = new Float64Array(experts)
  const totals = new Uint32Array(batches)
  const hits = sizes.map(() => new Uint32Array(batches))
  const { uses, firstUses, used } = statisticsKernels().reuse(rows, batch, heldOut, (b, total, ofBatch) => {
    totals[b] = total
    let held = 0
    for (let d = 0, s = 0; d < experts; d++) {
      depths[d]! += ofBatch[d]!
      held += ofBatch[d]!
      if (sizes[s] === d + 1) hits[s++]![b] = held
    }
  })
  if (uses === 0) return undefined
  return { layer, degenerate, uses, firstUses, depths, popularity: popularityCurve(...used), totals, hits }
}
