/** Ob4 at one layer: which experts are hot, and whether the hot ones of some requests are hot for others. */
import {
  bootstrapRatio,
  countExperts,
  type Coverage,
  type ExpertShare,
  isDegenerate,
  type LayerSelections,
  type PopularityLayer,
  topCount,
  topIndices
} from "@moira/trace"
import { entropyBits, gini, skewMaxOverMean, total } from "./concentration.ts"
import { countMarked, countValid } from "./kernels.ts"
import type { Settings } from "./options.ts"

/** Held-out selections, and those of the chosen experts, by request of the trace; zero for training requests. */
interface Judged {
  readonly totals: Float64Array
  readonly hits: Float64Array
}

export interface PopularitySummary {
  readonly layerIndex: number
  readonly result: PopularityLayer
  readonly judged: Judged
}

/** The `n` most selected experts with their share of the selections; experts never selected are left out. */
export const topShares = (counts: Uint32Array, n: number): ReadonlyArray<ExpertShare> => {
  const all = total(counts)
  return [...topIndices(counts, n)]
    .filter((expert) => counts[expert]! > 0)
    .map((expert) => ({ expert, share: counts[expert]! / all }))
}

/** Counts the requests of one side of the split. */
const countSide = (chunks: ReadonlyArray<LayerSelections>, heldOut: Uint8Array, side: 0 | 1): Uint32Array => {
  const counts = new Uint32Array(chunks[0]!.experts)
  for (const { ids, offsets, requests, firstRequest, topK, experts } of chunks) {
    for (let r = 0; r < requests; r++) {
      if (heldOut[firstRequest + r] !== side) continue
      countExperts(ids, offsets[r]! * topK, offsets[r + 1]! * topK, experts, counts)
    }
  }
  return counts
}

const judge = (chunks: ReadonlyArray<LayerSelections>, marked: Uint8Array, heldOut: Uint8Array): Judged => {
  const totals = new Float64Array(heldOut.length)
  const hits = new Float64Array(heldOut.length)
  for (const { ids, offsets, requests, firstRequest, topK, experts } of chunks) {
    for (let r = 0; r < requests; r++) {
      const request = firstRequest + r
      if (heldOut[request] !== 1) continue
      const [from, to] = [offsets[r]! * topK, offsets[r + 1]! * topK]
      totals[request] = countValid(ids, from, to, experts)
      hits[request] = countMarked(ids, from, to, marked)
    }
  }
  return { totals, hits }
}

const coverage = (
  counts: Uint32Array,
  trained: boolean,
  { totals, hits }: Judged,
  { topShare, bootstrap }: Settings
): Coverage => {
  const n = topCount(counts.length, topShare)
  const best = topIndices(counts, n)
  const inSample = best.reduce((sum, expert) => sum + counts[expert]!, 0) / total(counts)
  const popularity = n / counts.length
  const judged = total(totals)
  if (!trained || judged === 0) return { inSample, heldOut: null, interval: null, popularity }
  const interval = bootstrapRatio(hits, totals, bootstrap) ?? null
  return { inSample, heldOut: total(hits) / judged, interval, popularity }
}

/** Measures one layer; undefined where no selection was recorded. `popularity` in its coverage is n / experts. */
export const popularityLayer = (
  layerIndex: number,
  chunks: ReadonlyArray<LayerSelections>,
  settings: Settings
): PopularitySummary | undefined => {
  const { layer, experts } = chunks[0]!
  const train = countSide(chunks, settings.heldOut, 0)
  const judging = countSide(chunks, settings.heldOut, 1)
  const counts = train.map((count, expert) => count + judging[expert]!)
  if (total(counts) === 0) return undefined
  const marked = new Uint8Array(experts)
  for (const expert of topIndices(train, topCount(experts, settings.topShare))) marked[expert] = 1
  const judged = judge(chunks, marked, settings.heldOut)
  return {
    layerIndex,
    result: {
      layer,
      degenerate: isDegenerate(counts),
      counts: Array.from(counts),
      skewMaxOverMean: skewMaxOverMean(counts),
      gini: gini(counts),
      entropyBits: entropyBits(counts),
      coverage: coverage(counts, total(train) > 0, judged, settings),
      top: topShares(counts, settings.topExperts)
    },
    judged
  }
}
