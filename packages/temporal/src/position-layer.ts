/** Change over decode positions at one layer. */
import { jensenShannon, topCount, topIndices, spearman } from "@moira/core/statistics"
import { type WindowDrift } from "@moira/results"
import { statisticsKernels } from "@moira/trace/kernels"
import type { Windows } from "./decode-windows.ts"
import { floorOf, pValueOf } from "./noise-floor.ts"
import type { Settings } from "./options.ts"
import { type PositionCounts, positionCounts, sumVectors } from "./position-counts.ts"
import { positionRelation } from "./position-relation.ts"
import type { RequestRows } from "./request-rows.ts"

/** What is kept of a layer until all layers are there. */
export interface PositionSummary {
  readonly layer: number
  readonly degenerate: boolean
  readonly windows: ReadonlyArray<WindowDrift>
  /** Distance to the first window under each random swap; `null` where there is none. */
  readonly floors: ReadonlyArray<ReadonlyArray<number> | null>
  /** `hotSet[w][v]`: share of window v covered by the hot set of window w. */
  readonly hotSet: ReadonlyArray<ReadonlyArray<number | null>>
  /** By window, then by request of the trace: selections, and those in the hot set of the first window, of prefill. */
  readonly totals: Uint32Array
  readonly firstHits: Uint32Array
  readonly prefillHits: Uint32Array
}

interface Compared {
  readonly distance: number | null
  readonly floor: ReadonlyArray<number> | null
  readonly rho: number | null
  readonly rhoFloor: number | null
  readonly rhoPrefill: number | null
}

const nothing: Compared = { distance: null, floor: null, rho: null, rhoFloor: null, rhoPrefill: null }

/** Window w against the first one, over the requests that reach it. */
const compare = (counts: PositionCounts, w: number, { groups }: Windows, draws: number): Compared => {
  const windows = groups.length
  const { experts, swapped } = counts
  const own = sumVectors(counts.windows, experts, w, w + 1)
  const first = sumVectors(counts.first, experts, w, windows)
  const prefill = sumVectors(counts.prefill, experts, w, windows)
  const rhoPrefill = prefill.some((count) => count > 0) ? spearman(prefill, own) : null
  const distance = w === 0 ? null : jensenShannon(first, own)
  if (distance === null) return { ...nothing, rhoPrefill }
  // A swap of the only group's windows changes nothing: there is no chance to compare with.
  if (groups[w]! < 2) return { ...nothing, distance, rho: spearman(first, own), rhoPrefill }
  // Rows 2 d and 2 d + 1 are the first window and this one after swap d.
  const rows = new Uint32Array(2 * draws * experts)
  for (let d = 0; d < draws; d++) {
    const gone = sumVectors(swapped.first[d]!, experts, w, windows)
    for (let e = 0, a = 2 * d * experts; e < experts; e++, a++) {
      const come = swapped.windows[d]![w * experts + e]!
      rows[a] = first[e]! - gone[e]! + come
      rows[a + experts] = own[e]! - come + gone[e]!
    }
  }
  const apart = statisticsKernels().sortedDistances(
    rows,
    experts,
    Uint32Array.from({ length: 2 * draws }, (_, row) => row)
  )
  const distances: Array<number> = []
  const rhos: Array<number> = []
  for (let d = 0; d < draws; d++) {
    if (apart[d]! < 0) continue
    distances.push(apart[d]!)
    const at = 2 * d * experts
    const rho = spearman(rows.subarray(at, at + experts), rows.subarray(at + experts, at + 2 * experts))
    if (rho !== null) rhos.push(rho)
  }
  return {
    distance,
    floor: distances.length === draws ? distances : null,
    rho: spearman(first, own),
    rhoFloor: rhos.length === 0 ? null : floorOf(rhos).mean,
    rhoPrefill
  }
}

/** 1 for each of the `n` most selected experts; `undefined` where nothing was selected. */
const hottest = (counts: Uint32Array, n: number): Uint8Array | undefined => {
  if (!counts.some((count) => count > 0)) return undefined
  const hot = new Uint8Array(counts.length)
  for (const expert of topIndices(counts, n)) hot[expert] = 1
  return hot
}

const coveredBy = (hot: Uint8Array | undefined, counts: Uint32Array): number | null => {
  if (hot === undefined) return null
  let [hits, total] = [0, 0]
  for (let e = 0; e < counts.length; e++) {
    total += counts[e]!
    hits += counts[e]! * hot[e]!
  }
  return total === 0 ? null : hits / total
}

/** Selections by window and request, all and those in two hot sets. A hot loop. */
const byRequest = (
  rows: RequestRows,
  { width, windows }: Windows,
  requests: number,
  first: Uint8Array | undefined,
  prefill: Uint8Array | undefined
): Pick<PositionSummary, "totals" | "firstHits" | "prefillHits"> => {
  const { experts, topK, ids, request, decodeAt, decodeRows } = rows
  const none = new Uint8Array(experts)
  const [inFirst, inPrefill] = [first ?? none, prefill ?? none]
  const list = () => new Uint32Array(windows.length * requests)
  const [totals, firstHits, prefillHits] = [list(), list(), list()]
  for (let r = 0; r < ids.length; r++) {
    for (let w = 0; w * width < decodeRows[r]!; w++) {
      const to = (decodeAt[r]! + Math.min(decodeRows[r]!, (w + 1) * width)) * topK
      let [total, hits, others] = [0, 0, 0]
      for (let i = (decodeAt[r]! + w * width) * topK; i < to; i++) {
        const id = ids[r]![i]!
        if (id >= experts) continue
        total++
        hits += inFirst[id]!
        others += inPrefill[id]!
      }
      const at = w * requests + request[r]!
      totals[at] = total
      firstHits[at] = hits
      prefillHits[at] = others
    }
  }
  return { totals, firstHits, prefillHits }
}

export interface PositionInput {
  readonly layer: number
  readonly degenerate: boolean
  readonly rows: RequestRows
  readonly windows: Windows
}

/** Measures one layer; undefined where decode has no recorded selections. */
export const positionLayer = (input: PositionInput, settings: Settings): PositionSummary | undefined => {
  const { layer, degenerate, rows, windows } = input
  const { shuffles, swaps, heldOut, topShare } = settings
  const size = windows.windows.length
  const { experts } = rows
  const counts = positionCounts(rows, windows, swaps, shuffles)
  const each = windows.windows.map((_, w) => sumVectors(counts.windows, experts, w, w + 1))
  if (!counts.windows.some((count) => count > 0)) return undefined
  const n = topCount(experts, topShare)
  const hot = each.map((own) => hottest(own, n))
  const prefillHot = hottest(sumVectors(counts.prefill, experts, 0, size), n)
  const relation = positionRelation(rows, windows, heldOut, n)
  const compared = each.map((_, w) => compare(counts, w, windows, shuffles))
  const covered = (set: Uint8Array | undefined, w: number) => coveredBy(set, each[w]!)
  return {
    layer,
    degenerate,
    windows: compared.map(({ distance, floor, rho, rhoFloor, rhoPrefill }, w) => ({
      distance,
      distanceFloor: floor && floorOf(floor),
      pValue: distance === null || floor === null ? null : pValueOf(distance, floor),
      rho,
      rhoFloor,
      rhoPrefill,
      hotFirst: covered(hot[0], w),
      hotPrefill: covered(prefillHot, w),
      hotPrevious: w === 0 ? null : covered(hot[w - 1], w),
      hotOwn: covered(hot[w], w),
      relationFirst: relation[w]!.first,
      relationOwn: relation[w]!.own,
      relationPopularity: relation[w]!.popularity
    })),
    floors: compared.map(({ floor }) => floor),
    hotSet: hot.map((set) => each.map((_, w) => covered(set, w))),
    ...byRequest(rows, windows, heldOut.length, hot[0], prefillHot)
  }
}
