/** Trains the predictors of one layer and judges them on the test requests. */
import { isDegenerate } from "@moira/trace"
import { countSelections } from "../parts/counting.ts"
import { decodeTokensOf, replay } from "../parts/replay.ts"
import type { LayerRows, LayerSetup, PredictorCost } from "../predictor.ts"
import { judgeBytes, kernelJudge } from "../kernels/judge.ts"
import { inKernelScope } from "../kernels/rows.ts"
import { plainJudge } from "../plain/judge.ts"
import { beladyHits, lruCache } from "@moira/caches"
import { positionBin, positionBins, type Verdict } from "./judge.ts"
import { trainPanel } from "./panel.ts"
import type { Settings } from "./settings.ts"

/** What one predictor did at a layer. */
export interface Judged extends Verdict {
  readonly cost: PredictorCost
  readonly weights: ReadonlyArray<number> | undefined
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

/** Trains, fits and judges; `make` is how the scores are judged. */
const judgeRows = (
  rows: ReadonlyArray<LayerRows>,
  setup: LayerSetup,
  settings: Settings,
  make: typeof plainJudge
): LayerSummary => {
  const { experts, topK, tasks } = setup
  const { caches, predictors, testPlace, tests, tops } = settings
  const [train, validation, test] = settings.parts(rows)
  const panel = trainPanel(predictors, setup, train, validation)
  const judging = { experts, topK, tops, caches, tests }
  const session = panel.open(judgeBytes(predictors.length, judging))
  const judge = make(session.scores, judging)
  const blank = () => new Uint32Array(tests)
  const lru = caches.map((capacity) => ({ hits: blank(), cache: lruCache(capacity, experts) }))
  const selections = blank()
  const selectionsAt = new Uint32Array(positionBins)
  const tokensAt = new Uint32Array(positionBins)
  const nothingKnown = new Float64Array(experts)
  const noneNamed = new Uint16Array(0)
  let tokens = 0

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
    judge.token(place, bin, ids, from, to)
    for (let c = 0; c < caches.length; c++) {
      lru[c]!.hits[place]! += lru[c]!.cache.serve(nothingKnown, noneNamed, ids, from, to)
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
    predictors: judge.verdicts().map((verdict, p) => ({
      cost: panel.costs[p]!,
      weights: panel.weights[p] && [...panel.weights[p]],
      ...verdict
    })),
    references: lru.map(({ hits, cache }, c) => ({
      lru: hits,
      lruFetched: cache.fetched(),
      belady: beladyHits(sequence, caches[c]!, experts)
    }))
  }
}

/** `rows` hold all requests of the layer, in order. */
export const judgeLayer = (rows: ReadonlyArray<LayerRows>, setup: LayerSetup, settings: Settings): LayerSummary =>
  inKernelScope(() =>
    judgeRows(rows, setup, settings, (scores, of) => kernelJudge(scores, of) ?? plainJudge(scores, of))
  )
