/** From measured layers to advice. */
import {
  type BalanceAdvice,
  type BalanceLayer,
  type BalanceOption,
  type BalanceSamples,
  type NotMeasured
} from "@moira/results"
import { expertParameters, type Model } from "@moira/core"
import { mean, middle95, sum } from "@moira/core/statistics"
import type { MeasuredLayer } from "./measure-layer.ts"
import type { ImbalanceSettings } from "./options.ts"
import { adviceSentence, leavesOut } from "./sentence.ts"
import { minJudges, visibleGain, worthwhileGain } from "./thresholds.ts"

export interface Measured {
  /** One trial, or one for each pair of workloads: its layers. */
  readonly trials: ReadonlyArray<ReadonlyArray<MeasuredLayer>>
  /** Real numbers of the layers that were asked of. */
  readonly layers: ReadonlyArray<number>
  readonly settings: ImbalanceSettings
  readonly samples: BalanceSamples
  /** How many samples judge. */
  readonly judges: number
  readonly method: string
  readonly model: Model | undefined
  /** Why nothing could be measured, if so. */
  readonly why: string
}

type Interval = readonly [number, number]

/** Time of the contiguous layout over that of layout `i`, summed over layers. */
const gainOf = (layers: ReadonlyArray<MeasuredLayer>, i: number, pick: (layer: MeasuredLayer) => Float64Array) =>
  sum(layers.map((layer) => pick(layer)[0]!)) / sum(layers.map((layer) => pick(layer)[i]!))

/**
 * 95 % of the draws of one trial, moved so that their mean lies on the gain: resampling adds noise, noise raises a maximum,
 * and the more so the more even a layout is.
 */
const drawnInterval = (layers: ReadonlyArray<MeasuredLayer>, i: number, layouts: number): Interval | null => {
  const draws = layers[0]!.draws.length / layouts
  if (draws === 0) return null
  const gains = Float64Array.from({ length: draws }, (_, d) => {
    const at = d * layouts
    return sum(layers.map((layer) => layer.draws[at]!)) / sum(layers.map((layer) => layer.draws[at + i]!))
  })
  const bias = mean([...gains]) - gainOf(layers, i, (layer) => layer.heldOut)
  const [low, high] = middle95(gains)
  return [low - bias, high - bias]
}

const intervalOf = (
  trials: ReadonlyArray<ReadonlyArray<MeasuredLayer>>,
  i: number,
  layouts: number
): Interval | null => {
  if (trials.length === 1) return drawnInterval(trials[0]!, i, layouts)
  const gains = trials.map((layers) => gainOf(layers, i, (layer) => layer.heldOut))
  return [Math.min(...gains), Math.max(...gains)]
}

/** Weights of the slots of all MoE layers, a unit. */
const slotBytes = (model: Model | undefined, layers: number, slots: number): number | null =>
  model === undefined ? null : slots * layers * expertParameters(model) * model.servingBytesPerWeight

const retained = (part: number | null, whole: number): number | null =>
  part === null || whole - 1 < 1e-9 ? null : (part - 1) / (whole - 1)

/** The fewest slots whose gain is, for what anybody would see, the best. */
const advisedOf = (options: ReadonlyArray<BalanceOption>): BalanceOption => {
  const candidates = options.filter(({ layout }) => layout !== "contiguous")
  const best = Math.max(...candidates.map(({ gain }) => gain))
  return candidates.find(({ gain }) => gain * worthwhileGain >= best)!
}

/**
 * A yes needs a sure gain, enough judges for its interval to mean something, and a gain along the trace where that was
 * measured. Selections of one recording say nothing of the next one, so they never make a yes.
 */
const verdictOf = (advised: BalanceOption, samples: BalanceSamples, judges: number): BalanceAdvice["verdict"] => {
  const sure = advised.interval?.[0] ?? 1
  const enough = samples === "workloads" || (samples !== "selections" && judges >= minJudges)
  if (sure >= worthwhileGain && enough && (advised.orderedGain ?? worthwhileGain) >= worthwhileGain) return "yes"
  return sure >= visibleGain ? "perhaps" : "no"
}

const nothing = (measured: Measured): BalanceAdvice => ({
  units: measured.settings.units,
  verdict: "cannot tell",
  sentence: `Cannot tell: ${measured.why}.`,
  advisedSlots: null,
  samples: measured.samples,
  method: measured.method,
  options: [],
  bound: 1,
  persistence: { stillHotShare: null, retained: null, retainedInOrder: null },
  layers: [],
  degenerateLayers: [],
  leavesOut,
  notMeasured: [{ what: "gain of balancing", why: measured.why }]
})

/** Layers of a trial that route; all of them where none does, so that something is said. */
const routing = (layers: ReadonlyArray<MeasuredLayer>): ReadonlyArray<MeasuredLayer> => {
  const usual = layers.filter(({ degenerate }) => !degenerate)
  return usual.length > 0 ? usual : layers
}

const layerRows = (trials: ReadonlyArray<ReadonlyArray<MeasuredLayer>>, advised: number): ReadonlyArray<BalanceLayer> =>
  [...Map.groupBy(trials.flat(), ({ layer }) => layer)]
    .toSorted(([a], [b]) => a - b)
    .map(([layer, of]) => ({
      layer,
      degenerate: of.some(({ degenerate }) => degenerate),
      contiguous: mean(of.map(({ heldOut, mean: even }) => heldOut[0]! / even)),
      advised: mean(of.map(({ heldOut, mean: even }) => heldOut[advised]! / even)),
      hot: mean(of.map(({ hot }) => hot)),
      stillHot: mean(of.map(({ stillHot }) => stillHot))
    }))

/** The advice; "cannot tell" without a layer that could be judged. */
export const concludeBalance = (measured: Measured): BalanceAdvice => {
  const { settings, layers, samples, method, model } = measured
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
      gain: over(i, (layer) => layer.heldOut),
      interval: i === 0 ? null : intervalOf(trials, i, layouts),
      inSampleGain: over(i, (layer) => layer.inSample),
      orderedGain: inOrder ? over(i, (layer) => layer.ordered!) : null,
      bytesPerUnit: slotBytes(model, layers.length, extra)
    }
  })
  const advised = advisedOf(options)
  const verdict = verdictOf(advised, samples, measured.judges)
  const hot = sum(trials.flat().map((layer) => layer.hot))
  const persistence = {
    stillHotShare: hot === 0 ? null : sum(trials.flat().map((layer) => layer.stillHot)) / hot,
    retained: retained(advised.gain, advised.inSampleGain),
    retainedInOrder: retained(advised.orderedGain, advised.inSampleGain)
  }
  const found = new Set(kept.flat().map(({ layer }) => layer))
  const absent = layers.filter((layer) => !found.has(layer))
  const notMeasured: ReadonlyArray<NotMeasured> = [
    ...(absent.length === 0
      ? []
      : [{ what: `balance of layers ${absent.join(", ")}`, why: "no selections on one side of the split" }]),
    ...(advised.interval === null
      ? [{ what: "interval of the gain", why: "one judging sample says nothing of the spread" }]
      : samples === "workloads" || samples === "selections" || measured.judges >= minJudges
        ? []
        : [
            {
              what: "a yes or no on the gain",
              why: `${measured.judges} judging ${samples} are fewer than ${minJudges}: their interval is too narrow`
            }
          ])
  ]
  const rows = layerRows(kept, options.indexOf(advised))
  const advice = {
    units,
    verdict,
    advisedSlots: verdict === "no" ? null : advised.slots,
    samples,
    method,
    options,
    bound: options[0]!.imbalance,
    persistence,
    layers: rows,
    degenerateLayers: rows.filter(({ degenerate }) => degenerate).map(({ layer }) => layer),
    leavesOut,
    notMeasured
  }
  return { ...advice, sentence: adviceSentence(advice, advised, measured.judges) }
}
