/** A trained forecast at work: observes units layer by layer, step by step, and says what comes next. */
import type { LayerSession } from "./predictor.ts"
import type { TrainedForecast } from "./training.ts"
import { topExperts } from "./top.ts"

/**
 * For each unit: `begin` when a stream starts, then for each step, layer by layer, `predict` (as often as wanted) and
 * `observe`. What the unit chose at the layer before in the same step is remembered here and handed to predictors of
 * lead `layer`. Hot: no call allocates, except where a unit observes more selections at once than ever before.
 */
export interface ForecastSession {
  readonly begin: (unit: number, task: number) => void
  readonly observe: (
    unit: number,
    layerIndex: number,
    step: number,
    ids: ArrayLike<number>,
    from: number,
    to: number
  ) => void
  /** Scores of every expert of a layer in a step; may be asked before the layer before was observed, for a worse answer. */
  readonly predict: (unit: number, layerIndex: number, step: number, scores: Float64Array) => void
  /** Writes the `n` likeliest experts, likeliest first; returns how many. */
  readonly top: (unit: number, layerIndex: number, step: number, n: number, into: Uint16Array) => number
  /** Tells a predictor of lead `none` what it is going to be asked; others do not listen. */
  readonly reveal: (
    unit: number,
    layerIndex: number,
    step: number,
    ids: ArrayLike<number>,
    from: number,
    to: number
  ) => void
}

/** What each unit chose where it was observed last. */
const lastObserved = (units: number, topK: number) => ({
  ids: Array.from({ length: units }, () => new Uint16Array(topK)),
  count: new Int32Array(units),
  layer: new Int32Array(units).fill(-1),
  step: new Int32Array(units)
})

/** Opens a trained forecast for some units. */
export const openForecast = (forecast: TrainedForecast, units: number): ForecastSession => {
  const { experts, topK, predictor } = forecast
  const layers: ReadonlyArray<LayerSession> = forecast.layers.map((layer) => layer.open(units))
  const last = lastObserved(units, topK)
  const looksAcross = predictor.lead === "layer"
  const scratch = new Float64Array(experts)

  const predict = (unit: number, layerIndex: number, step: number, scores: Float64Array): void => {
    const known = looksAcross && last.layer[unit] === layerIndex - 1 && last.step[unit] === step
    layers[layerIndex]!.predict(unit, step, scores, last.ids[unit]!, 0, known ? last.count[unit]! : 0)
  }

  return {
    begin: (unit, task) => {
      last.layer[unit] = -1
      for (let l = 0; l < layers.length; l++) layers[l]!.begin(unit, task)
    },
    observe: (unit, layerIndex, step, ids, from, to) => {
      layers[layerIndex]!.observe(unit, step, ids, from, to)
      if (!looksAcross) return
      if (last.ids[unit]!.length < to - from) last.ids[unit] = new Uint16Array(to - from)
      const kept = last.ids[unit]!
      for (let i = from; i < to; i++) kept[i - from] = ids[i]!
      last.count[unit] = to - from
      last.layer[unit] = layerIndex
      last.step[unit] = step
    },
    predict,
    top: (unit, layerIndex, step, n, into) => {
      predict(unit, layerIndex, step, scratch)
      return topExperts(scratch, n, into)
    },
    reveal: (unit, layerIndex, step, ids, from, to) => layers[layerIndex]!.reveal?.(unit, step, ids, from, to)
  }
}
