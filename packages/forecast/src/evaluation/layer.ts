/** Trains the predictors of one layer and judges them on the test requests. */
import { greatestOf, log2 } from "@moira/core/statistics"
import { isDegenerate } from "@moira/trace"
import { countSelections } from "../parts/counting.ts"
import { decodeTokensOf, replay } from "../parts/replay.ts"
import type { LayerRows, LayerSetup, PredictorCost } from "../predictor.ts"
import { topExperts } from "../top.ts"
import { beladyHits, forecastCache, lruCache } from "@moira/caches"
import { trainPanel } from "./panel.ts"
import type { Settings } from "./settings.ts"

/** What one predictor did at a layer. Arrays are by test request, in the order of the trace. */
export interface Judged {
  readonly cost: PredictorCost
  readonly weights: ReadonlyArray<number> | undefined
  /** By n of `settings.tops`: selections among the n best scores. */
  readonly hits: ReadonlyArray<Uint32Array>
  /** By position bin: selections among the top-k best scores. */
  readonly hitsAt: Uint32Array
  /** Minus log2 of the share given to what was chosen, summed; meaningful of probabilities only. */
  readonly bits: number
  /** By capacity of `settings.caches`. */
  readonly caches: ReadonlyArray<{ readonly hits: Uint32Array; readonly fetched: number }>
}

export interface LayerSummary {
  readonly layerIndex: number
  readonly degenerate: boolean
  /** Decode selections of each test request: what there is to hit. */
  readonly selections: Uint32Array
  readonly tokens: number
  readonly selectionsAt: Uint32Array
  readonly tokensAt: Uint32Array
  readonly predictors: ReadonlyArray<Judged>
  /** By capacity: caches that no forecast drives. */
  readonly references: ReadonlyArray<{
    readonly lru: Uint32Array
    readonly lruFetched: number
    readonly belady: number
  }>
}

/** Position bins: decode step 0, 1, 2-3, 4-7, 8-15, ... */
const positionBin = (step: number): number => 32 - Math.clz32(step)
export const positionBins = 33

const degenerate = (all: ReadonlyArray<LayerRows>, experts: number): boolean => {
  const counts = new Uint32Array(experts)
  for (const rows of all)
    countSelections({ ...rows, use: Uint32Array.from({ length: rows.current.requests }, (_, r) => r) }, counts)
  return isDegenerate(counts)
}

/** All test selections of decode tokens, in order, without holes. */
const testSequence = (test: ReadonlyArray<LayerRows>, setup: LayerSetup): Uint16Array => {
  const out = new Uint16Array(test.reduce((sum, rows) => sum + decodeTokensOf(rows), 0) * setup.topK)
  let n = 0
  for (const { current, use } of test) {
    const { ids, offsets, prefillRows, topK, experts } = current
    for (const r of use) {
      for (let i = (offsets[r]! + prefillRows[r]!) * topK; i < offsets[r + 1]! * topK; i++) {
        if (ids[i]! < experts) out[n++] = ids[i]!
      }
    }
  }
  return out.subarray(0, n)
}

/** `rows` hold all requests of the layer, in order. */
export const judgeLayer = (rows: ReadonlyArray<LayerRows>, setup: LayerSetup, settings: Settings): LayerSummary => {
  const { experts, topK, tasks } = setup
  const { tops, caches, predictors, testPlace, tests } = settings
  const [train, validation, test] = settings.parts(rows)
  const panel = trainPanel(predictors, setup, train, validation)
  const session = panel.open()
  const blank = () => new Uint32Array(tests)
  const judged = predictors.map((_, p) => ({
    cost: panel.costs[p]!,
    weights: panel.weights[p] && [...panel.weights[p]],
    hits: tops.map(blank),
    hitsAt: new Uint32Array(positionBins),
    bits: 0,
    caches: caches.map((capacity) => ({ hits: blank(), cache: forecastCache(capacity, experts) }))
  }))
  const lru = caches.map((capacity) => ({ hits: blank(), cache: lruCache(capacity, experts) }))
  const selections = blank()
  const selectionsAt = new Uint32Array(positionBins)
  const tokensAt = new Uint32Array(positionBins)
  let tokens = 0
  const named = new Uint16Array(greatestOf(tops))
  const best = named.subarray(0, topK)
  // Rank of each expert that is named, by one more than its place; 0 for the others.
  const ranks = new Uint16Array(experts)
  const nothingKnown = new Float64Array(experts)

  const visit = (part: LayerRows, request: number, step: number, from: number, to: number): void => {
    // A hot loop, without allocation.
    const { ids } = part.current
    const place = testPlace[request]!
    const bin = positionBin(step)
    session.predict(part, step, from, to)
    tokens++
    tokensAt[bin]!++
    for (let i = from; i < to; i++) {
      if (ids[i]! >= experts) continue
      selections[place]!++
      selectionsAt[bin]!++
    }
    for (let p = 0; p < judged.length; p++) {
      const one = judged[p]!
      const scores = session.scores[p]!
      const count = topExperts(scores, named.length, named)
      for (let i = 0; i < count; i++) ranks[named[i]!] = i + 1
      for (let i = from; i < to; i++) {
        const id = ids[i]!
        if (id >= experts) continue
        one.bits -= log2(Math.max(1e-12, scores[id]!))
        const rank = ranks[id]!
        if (rank === 0) continue
        for (let n = 0; n < tops.length; n++) if (rank <= tops[n]!) one.hits[n]![place]!++
        if (rank <= topK) one.hitsAt[bin]!++
      }
      for (let i = 0; i < count; i++) ranks[named[i]!] = 0
      for (let c = 0; c < caches.length; c++) {
        one.caches[c]!.hits[place]! += one.caches[c]!.cache.serve(scores, best, ids, from, to)
      }
    }
    for (let c = 0; c < caches.length; c++) {
      lru[c]!.hits[place]! += lru[c]!.cache.serve(nothingKnown, best, ids, from, to)
    }
  }
  for (const part of test) replay(part, tasks, session, visit)

  const sequence = caches.length === 0 ? new Uint16Array(0) : testSequence(test, setup)
  return {
    layerIndex: setup.layerIndex,
    degenerate: degenerate(rows, experts),
    selections,
    tokens,
    selectionsAt,
    tokensAt,
    predictors: judged.map((one) => ({
      ...one,
      caches: one.caches.map(({ hits, cache }) => ({ hits, fetched: cache.fetched() }))
    })),
    references: lru.map(({ hits, cache }, c) => ({
      lru: hits,
      lruFetched: cache.fetched(),
      belady: beladyHits(sequence, caches[c]!, experts)
    }))
  }
}
