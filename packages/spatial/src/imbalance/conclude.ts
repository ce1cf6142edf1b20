/** From measured layers to how even loads are, and whether that lasts. */
import {
  type BalanceEvidence,
  type BalanceLayer,
  type BalanceOption,
  type BalanceSamples,
  type NotMeasured
} from "@moira/results"
import { greatestOf, leastOf, mean, middle95, sum } from "@moira/core/statistics"
import type { MeasuredLayer } from "./measure-layer.ts"
import type { ImbalanceSettings } from "./options.ts"
import { nearBest } from "./thresholds.ts"

export interface Measured {
  /** One trial, or one for each pair of workloads: its layers. */
  readonly trials: ReadonlyArray<ReadonlyArray<MeasuredLayer>>
  /** Real numbers of the layers that were asked of. */
  readonly layers: ReadonlyArray<number>
  readonly settings: ImbalanceSettings
  readonly samples: BalanceSamples
  readonly method: string
  /** Why nothing could be measured, if so. */
  readonly why: string
}

type Interval = readonly [number, number]

/** Time of the contiguous layout over that of layout `i`, summed over layers. */
const gainOf = (layers: ReadonlyArray<MeasuredLayer>, i: number, pick: (layer: MeasuredLayer) => Float64Array) =>
  sum(layers.map((layer) => pick(layer)[0]!)) / sum(layers.map((layer) => pick(layer)[i]!))

/** 95 % of the draws of one trial, around the gain: noise of resampling raises a maximum, the more so the more even a layout is. */
const drawnInterval = (layers: ReadonlyArray<MeasuredLayer>, i: number, layouts: number): Interval | null => {
  const draws = layers[0]!.draws.length / layouts
  if (draws === 0) return null
  const gains = Float64Array.from({ length: draws }, (_, d) => {
    const at = d * layouts
    return sum(layers.map((layer) => layer.draws[at]!)) / sum(layers.map((layer) => layer.draws[at + i]!))
  })
  return middle95(
    gains,
    gainOf(layers, i, (layer) => layer.heldOut)
  )
}

const intervalOf = (
  trials: ReadonlyArray<ReadonlyArray<MeasuredLayer>>,
  i: number,
  layouts: number
): Interval | null => {
  if (trials.length === 1) return drawnInterval(trials[0]!, i, layouts)
  const gains = trials.map((layers) => gainOf(layers, i, (layer) => layer.heldOut))
  return [leastOf(gains), greatestOf(gains)]
}

const retained = (part: number | null, whole: number): number | null =>
  part === null || whole - 1 < 1e-9 ? null : (part - 1) / (whole - 1)

/** The fewest slots that come near the most even. */
const nearestOf = (options: ReadonlyArray<BalanceOption>): BalanceOption => {
  const candidates = options.filter(({ layout }) => layout !== "contiguous")
  const best = greatestOf(candidates.map(({ evenness }) => evenness))
  return candidates.find(({ evenness }) => evenness * nearBest >= best)!
}

const nothing = (measured: Measured): BalanceEvidence => ({
  units: measured.settings.units,
  samples: measured.samples,
  method: measured.method,
  options: [],
  bound: 1,
  persistence: { stillHotShare: null, retained: null, retainedInOrder: null },
  layers: [],
  degenerateLayers: [],
  notMeasured: [{ what: "evenness of the load", why: measured.why }]
})

/** Layers of a trial that route; all of them where none does, so that something is said. */
const routing = (layers: ReadonlyArray<MeasuredLayer>): ReadonlyArray<MeasuredLayer> => {
  const usual = layers.filter(({ degenerate }) => !degenerate)
  return usual.length > 0 ? usual : layers
}

const layerRows = (trials: ReadonlyArray<ReadonlyArray<MeasuredLayer>>, nearest: number): ReadonlyArray<BalanceLayer> =>
  [...Map.groupBy(trials.flat(), ({ layer }) => layer)]
    .toSorted(([a], [b]) => a - b)
    .map(([layer, of]) => ({
      layer,
      degenerate: of.some(({ degenerate }) => degenerate),
      contiguous: mean(of.map(({ heldOut, mean: even }) => heldOut[0]! / even)),
      balanced: mean(of.map(({ heldOut, mean: even }) => heldOut[nearest]! / even)),
      hot: mean(of.map(({ hot }) => hot)),
      stillHot: mean(of.map(({ stillHot }) => stillHot))
    }))

/** The evidence; without options where no layer could be judged. */
export const concludeBalance = (measured: Measured): BalanceEvidence => {
  const { settings, layers, samples, method } = measured
  const { units, slots } = settings
  const kept = measured.trials.filter((trial) => trial.length > 0)
  if (kept.length === 0) return nothing(measured)
  const trials = kept.map(routing)
  const layouts = slots.length + 1
  const imbalance = (i: number) =>
    mean(trials.map((trial) => sum(trial.map((l) => l.heldOut[i]!)) / sum(trial.map((l) => l.mean))))
  const over = (i: number, pick: (layer: MeasuredLayer) => Float64Array) =>
    mean(trials.map((trial) => gainOf(trial, i, pick)))
  const inOrder = trials.every((trial) => trial.every(({ ordered }) => ordered !== undefined))
  const options = Array.from({ length: layouts }, (_, i): BalanceOption => {
    const extra = i === 0 ? 0 : slots[i - 1]!
    return {
      layout: i === 0 ? "contiguous" : extra === 0 ? "rearranged" : "replicated",
      slots: extra,
      imbalance: imbalance(i),
      evenness: over(i, (layer) => layer.heldOut),
      interval: i === 0 ? null : intervalOf(trials, i, layouts),
      inSampleEvenness: over(i, (layer) => layer.inSample),
      orderedEvenness: inOrder ? over(i, (layer) => layer.ordered!) : null
    }
  })
  const nearest = nearestOf(options)
  const hot = sum(trials.flat().map((layer) => layer.hot))
  const persistence = {
    stillHotShare: hot === 0 ? null : sum(trials.flat().map((layer) => layer.stillHot)) / hot,
    retained: retained(nearest.evenness, nearest.inSampleEvenness),
    retainedInOrder: retained(nearest.orderedEvenness, nearest.inSampleEvenness)
  }
  const found = new Set(kept.flat().map(({ layer }) => layer))
  const absent = layers.filter((layer) => !found.has(layer))
  const notMeasured: ReadonlyArray<NotMeasured> = [
    ...(absent.length === 0
      ? []
      : [{ what: `balance of layers ${absent.join(", ")}`, why: "no selections on one side of the split" }]),
    ...(nearest.interval === null
      ? [{ what: "interval of the evenness", why: "one judging sample says nothing of the spread" }]
      : [])
  ]
  const rows = layerRows(kept, options.indexOf(nearest))
  return {
    units,
    samples,
    method,
    options,
    bound: options[0]!.imbalance,
    persistence,
    layers: rows,
    degenerateLayers: rows.filter(({ degenerate }) => degenerate).map(({ layer }) => layer),
    notMeasured
  }
}
