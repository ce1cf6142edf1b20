/** Puts the summaries of layers together. */
import { bootstrapRatio, greatestOf, sum } from "@moira/core/statistics"
import {
  type ForecastCost,
  type ForecastLayer,
  type ForecastRecall,
  type ForecastResult,
  type NotMeasured,
  type PredictorResult
} from "@moira/results"
import { type TraceContext } from "@moira/trace"
import { role } from "../roles.ts"
import { positionBins } from "./judge.ts"
import type { Judged, LayerSummary } from "./layer.ts"
import type { Settings } from "./settings.ts"
import { whyNot } from "./why-not.ts"

/** The study's limits: its full heatmap, and its heatmap cache (Section V and Table II). */
const tableLimitBytes = 50e6
const onChipLimitBytes = 0.5 * 1024 * 1024

/** Sums over layers, entry by entry. */
const sumOver = (
  layers: ReadonlyArray<LayerSummary>,
  size: number,
  pick: (layer: LayerSummary) => ArrayLike<number>
): Float64Array => {
  const added = new Float64Array(size)
  for (const layer of layers) {
    const values = pick(layer)
    for (let i = 0; i < size; i++) added[i]! += values[i]!
  }
  return added
}

const costOf = (judged: ReadonlyArray<Judged>): ForecastCost => {
  const of = (pick: (cost: Judged["cost"]) => number) => judged.map(({ cost }) => pick(cost))
  const tableBytes = sum(of((cost) => cost.tableBytes))
  const layerTableBytes = Math.max(0, greatestOf(of((cost) => cost.tableBytes)))
  return {
    tableBytes,
    fitsTable: tableBytes <= tableLimitBytes,
    layerTableBytes,
    fitsOnChip: layerTableBytes <= onChipLimitBytes,
    unitBytes: sum(of((cost) => cost.unitBytes)),
    operations: Math.max(0, greatestOf(of((cost) => cost.operations)))
  }
}

/** What all predictors are measured against: the layers that count, and their selections by test request. */
interface Ground {
  readonly settings: Settings
  readonly layers: ReadonlyArray<LayerSummary>
  readonly used: ReadonlyArray<LayerSummary>
  readonly selections: Float64Array
  readonly tokens: number
  readonly interval: (part: ArrayLike<number>, whole: ArrayLike<number>) => readonly [number, number] | null
}

const hitsOf = ({ used, settings }: Ground, predictor: number, n: number): Float64Array =>
  sumOver(used, settings.tests, (layer) => layer.predictors[predictor]!.hits[n]!)

const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]!)

/** Order in which recall is given: the model's top-k first. */
const topsOf = ({ settings }: Ground, topK: number): ReadonlyArray<number> => {
  const first = settings.tops.indexOf(topK)
  return [first, ...settings.tops.keys()].filter((n, i, list) => list.indexOf(n) === i)
}

const recallOf = (ground: Ground, predictor: number, popularity: number, topK: number): ReadonlyArray<ForecastRecall> =>
  topsOf(ground, topK).map((at) => {
    const n = ground.settings.tops[at]!
    const hits = hitsOf(ground, predictor, at)
    const whole = sum(ground.selections)
    const gained = popularity < 0 ? undefined : minus(hits, hitsOf(ground, popularity, at))
    return {
      n,
      recall: sum(hits) / whole,
      interval: ground.interval(hits, ground.selections),
      precision: sum(hits) / (ground.tokens * n),
      lift: gained === undefined ? null : sum(gained) / whole,
      liftInterval: gained === undefined ? null : ground.interval(gained, ground.selections)
    }
  })

const layersOf = (ground: Ground, predictor: number, context: TraceContext): ReadonlyArray<ForecastLayer> =>
  ground.layers.map((layer) => {
    const { hits, weights } = layer.predictors[predictor]!
    const { topK } = context.model
    const share = (n: number) => {
      const of = hits[ground.settings.tops.indexOf(Math.min(n, context.model.experts))]!
      return sum(layer.selections) === 0 ? null : sum(of) / sum(layer.selections)
    }
    return {
      layer: context.layers[layer.layerIndex]!,
      degenerate: layer.degenerate,
      recall: share(topK),
      interval: ground.interval(hits[ground.settings.tops.indexOf(topK)]!, layer.selections),
      recallTwice: share(2 * topK),
      weights: weights ?? null
    }
  })

const positionsOf = ({ used }: Ground, predictor: number): PredictorResult["positions"] => {
  const hits = sumOver(used, positionBins, (layer) => layer.predictors[predictor]!.hitsAt)
  const whole = sumOver(used, positionBins, (layer) => layer.selectionsAt)
  const tokens = used[0]?.tokensAt ?? new Uint32Array(positionBins)
  return [...whole.keys()]
    .filter((bin) => whole[bin]! > 0)
    .map((bin) => ({
      from: bin === 0 ? 0 : 2 ** (bin - 1),
      to: bin === 0 ? 0 : 2 ** bin - 1,
      tokens: tokens[bin]!,
      recall: hits[bin]! / whole[bin]!
    }))
}

const cachesOf = (ground: Ground, predictor: number): PredictorResult["caches"] =>
  ground.settings.caches.map((capacity, c) => {
    const hits = sumOver(ground.used, ground.settings.tests, (layer) => layer.predictors[predictor]!.caches[c]!.hits)
    const fetched = sum(ground.used.map((layer) => layer.predictors[predictor]!.caches[c]!.fetched))
    return {
      capacity,
      hitRate: sum(hits) / sum(ground.selections),
      interval: ground.interval(hits, ground.selections),
      fetchesPerToken: fetched / ground.tokens
    }
  })

const referencesOf = (ground: Ground): ForecastResult["references"] =>
  ground.settings.caches.map((capacity, c) => {
    const whole = sum(ground.selections)
    const hits = sumOver(ground.used, ground.settings.tests, (layer) => layer.references[c]!.lru)
    return {
      capacity,
      lru: sum(hits) / whole,
      lruInterval: ground.interval(hits, ground.selections),
      lruFetchesPerToken: sum(ground.used.map((layer) => layer.references[c]!.lruFetched)) / ground.tokens,
      belady: sum(ground.used.map((layer) => layer.references[c]!.belady)) / whole
    }
  })

const comparisonsOf = (ground: Ground, topK: number): ForecastResult["comparisons"] => {
  const { predictors, tops } = ground.settings
  const whole = sum(ground.selections)
  const at = tops.indexOf(topK)
  const hits = predictors.map((_, p) => hitsOf(ground, p, at))
  return predictors.flatMap(({ id, combination }, p) =>
    combination === undefined
      ? []
      : predictors.flatMap((other, o) => {
          if (o === p || other.lead === "none") return []
          const gained = minus(hits[p]!, hits[o]!)
          return [
            {
              predictor: id,
              against: other.id,
              n: topK,
              difference: sum(gained) / whole,
              interval: ground.interval(gained, ground.selections)
            }
          ]
        })
  )
}

/** The result from the layers that were judged, in any order. */
export const conclude = (
  summaries: ReadonlyArray<LayerSummary>,
  context: TraceContext,
  settings: Settings
): ForecastResult => {
  const layers = summaries.toSorted((a, b) => a.layerIndex - b.layerIndex)
  const used = layers.filter((layer) => !layer.degenerate)
  const selections = sumOver(used, settings.tests, (layer) => layer.selections)
  const ground: Ground = {
    settings,
    layers,
    used,
    selections,
    tokens: sum(used.map(({ tokens }) => tokens)),
    interval: (part, whole) => bootstrapRatio(part, whole, settings.bootstrap) ?? null
  }
  const { topK } = context.model
  const measured = sum(selections) > 0
  const popularity = settings.predictors.findIndex(({ id }) => id === "popularity")
  const count = (wanted: number) => settings.roles.reduce((found, of) => found + (of === wanted ? 1 : 0), 0)
  const split = { train: count(role.train), validation: count(role.validation), test: count(role.test) }
  const notMeasured: ReadonlyArray<NotMeasured> = whyNot(context, settings, split, layers, sum(selections))
  return {
    split,
    testTokens: layers[0]?.tokens ?? 0,
    topK,
    predictors: settings.predictors.map((predictor, p) => {
      const bits = sum(used.map((layer) => layer.predictors[p]!.bits))
      return {
        id: predictor.id,
        title: predictor.title,
        description: predictor.description,
        lead: predictor.lead,
        members: predictor.combination?.members.map(({ id }) => id) ?? [],
        cost: costOf(layers.map((layer) => layer.predictors[p]!)),
        recall: measured ? recallOf(ground, p, popularity, topK) : [],
        bitsPerSelection: measured && predictor.probabilities ? bits / sum(selections) : null,
        caches: measured ? cachesOf(ground, p) : [],
        layers: layersOf(ground, p, context),
        positions: positionsOf(ground, p)
      }
    }),
    references: measured ? referencesOf(ground) : [],
    comparisons: measured ? comparisonsOf(ground, topK) : [],
    degenerateLayers: layers.filter((layer) => layer.degenerate).map((layer) => context.layers[layer.layerIndex]!),
    notMeasured
  }
}
