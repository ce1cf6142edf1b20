/** The message of a report and the few figures that carry it, computed from the documents. */
import type { ResultDocument } from "@moira/results"
import { countsOf, forecastOf, offloadOf, placeOf, runsOf, spatialOf, temporalOf } from "./evidence.ts"
import { bestOverLru } from "./kinds/offload/expert-caches.ts"
import { ranked } from "./kinds/forecast/forecasts.ts"
import { rhoBands } from "./kinds/analysis/figures/prefill-rho.ts"
import { compact, integer, percent, points, real, times, unbroken } from "./format.ts"
import { metricOf } from "./metric.ts"
import { bestLayout, leadOf } from "./kinds/place/placements.ts"
import { crossLayerOf, crossTokenOf, lift, type NamedRelation } from "./kinds/analysis/relations.ts"
import { baseOf, baseStrategy, bestOf, settingsOf } from "./kinds/simulation/runs.ts"

export interface Headline {
  /** The figure itself, as short as it can be. */
  readonly value: string
  /** What it is. */
  readonly label: string
  /** Of what, against what, how sure. */
  readonly detail: string
}

/** A report opens with at most this many. */
const most = 5

const throughputId = "throughput_tokens_per_s"

const speed = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Headline> => {
  const settings = settingsOf(runsOf(documents))
  const best = bestOf(settings)
  if (best === undefined) return alone(documents)
  const { setting, run, speedup } = best
  const where = `${run.strategy.name} on ${setting.title} at batch ${integer(run.batch)}`
  const rate = run.metrics[throughputId]
  const base = baseOf(setting, run)
  const baseRate = base?.metrics[throughputId]
  if (speedup === undefined) {
    return rate === undefined
      ? []
      : [{ value: compact(rate), label: "decode tokens/s through the MoE layers", detail: where }]
  }
  const rates =
    rate === undefined || baseRate === undefined ? "" : `: ${compact(rate)} against ${compact(baseRate)} tokens/s`
  const faster = { value: times(speedup), label: `decode throughput over ${baseStrategy}`, detail: `${where}${rates}` }
  const hops = run.metrics["hops"]
  const baseHops = base?.metrics["hops"]
  if (hops === undefined || baseHops === undefined || baseHops === 0) return [faster]
  const moved = `${run.strategy.name} ${compact(hops)}, ${baseStrategy} ${compact(baseHops)}, same machine and batch`
  return [
    faster,
    hops === 0
      ? { value: "0 hops", label: "expert weights cross no link", detail: moved }
      : hops < baseHops
        ? { value: times(baseHops / hops), label: "fewer hops of expert weights", detail: moved }
        : { value: times(hops / baseHops), label: "the hops of expert weights", detail: moved }
  ]
}

/** Without anything to compare with: the run with the greatest throughput. */
const alone = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Headline> => {
  const fastest = settingsOf(runsOf(documents))
    .flatMap((setting) => setting.runs.map((run) => ({ setting, run, rate: run.metrics[throughputId] ?? 0 })))
    .toSorted((a, b) => b.rate - a.rate)[0]
  if (fastest === undefined || fastest.rate === 0) return []
  const { setting, run, rate } = fastest
  return [
    {
      value: compact(rate),
      label: `decode ${metricOf(throughputId).unit} through the MoE layers`,
      detail: `${run.strategy.name} on ${setting.title} at batch ${integer(run.batch)}`
    }
  ]
}

const relation = (named: NamedRelation | undefined): ReadonlyArray<Headline> => {
  const mean = named?.relation.mean
  if (named === undefined || mean === null || mean === undefined || mean.heldOut === null) return []
  const gain = lift(mean)
  const interval =
    mean.interval === null ? "" : `95 % interval ${percent(mean.interval[0])} to ${percent(mean.interval[1])}; `
  return [
    {
      value: percent(mean.heldOut),
      label: `of ${named.next}'s selections in the top 20 % of candidates, held out`,
      detail: `${interval}${
        gain === null || mean.popularity === null
          ? "popularity not measured"
          : `popularity alone ${percent(mean.popularity)}, lift ${points(gain)}`
      }`
    }
  ]
}

const phases = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Headline> => {
  const result = temporalOf(documents)?.prefillDecode
  const mean = result?.mean.rhoFrequency
  if (result === null || result === undefined || mean === null || mean === undefined) return []
  const measured = result.layers.filter((l) => !l.degenerate && l.rhoFrequency !== null)
  const strong = measured.filter((l) => l.rhoFrequency! >= rhoBands.strong).length
  return [
    {
      value: real(mean),
      label: "rank correlation of expert use, prefill to decode",
      detail: `Spearman rho, mean over layers; ${strong} of ${measured.length} layers at ${rhoBands.strong} or more`
    }
  ]
}

const skew = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Headline> => {
  const popularity = spatialOf(documents)?.popularity
  const mean = popularity?.mean
  if (popularity === undefined || mean === null || mean === undefined) return []
  const greatest = Math.max(...popularity.layers.filter((l) => !l.degenerate).map((l) => l.skewMaxOverMean))
  return [
    {
      value: times(mean.skewMaxOverMean),
      label: "the mean load on the hottest expert of a layer",
      detail: `mean over layers; at most ${times(greatest)}`
    }
  ]
}

const pairs = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Headline> => {
  const mean = spatialOf(documents)?.pairs?.mean
  if (mean === undefined) return []
  return [
    {
      value: percent(mean.top10Share),
      label: "of co-activations in the top 10 % of expert pairs",
      detail: `strongest pair ${times(mean.maxOverRandom)} the random expectation, mean over layers`
    }
  ]
}

/** Of counts: how hot the hottest experts run, and how well prefill foretells decode. */
const counts = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Headline> => {
  const document = countsOf(documents)
  const hottest = hottestWorkload(documents)
  return [
    ...(hottest === undefined
      ? []
      : [
          {
            value: times(hottest.skew),
            label: "the mean load on the hottest expert of a layer",
            detail: `mean over layers of ${hottest.workload}, the most uneven of ${document?.workloads?.length} workloads`
          }
        ]),
    ...(document?.phases ?? []).flatMap(({ decode, prefill, layers, mean }) => {
      const rho = mean?.rhoFrequency
      if (rho === null || rho === undefined) return []
      return [
        {
          value: real(rho),
          label: "rank correlation of expert use, prefill to decode",
          detail: `Spearman rho of ${prefill} and ${decode}, mean over ${layers.filter((l) => !l.degenerate).length} layers`
        }
      ]
    })
  ]
}

const forecast = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Headline> => {
  const result = forecastOf(documents)
  const best = result === undefined ? undefined : ranked(result)[0]
  if (result === undefined || best === undefined) return []
  const { recall, interval, lift: gain } = best.recall[0]!
  const sure = interval === null ? "" : `; 95 % interval ${percent(interval[0])} to ${percent(interval[1])}`
  return [
    {
      value: percent(recall),
      label: `of the next selections among the best ${result.topK} of ${best.title.toLowerCase()}`,
      detail: `on ${integer(result.split.test)} unseen requests${sure}${gain === null ? "" : `; lift over popularity ${points(gain)}`}`
    }
  ]
}

/** What a cache of experts is worth where a policy is furthest above LRU. */
/** What placing by the best optimizer gains over what is there now. */
const placement = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Headline> => {
  const result = placeOf(documents)
  const best = result === undefined ? undefined : bestLayout(result)
  if (result === undefined || best === undefined) return []
  const score = leadOf(best)
  const interval =
    best.speedupInterval === null ? "" : `95 % interval ${best.speedupInterval.map(times).join(" to ")}; `
  const sample = best.heldOut === null ? "in sample" : `judged on ${result.judgedOn}`
  const before = leadOf(result.layouts[0]!).balances.sglang
  return [
    {
      value: times(score.speedup),
      label: "predicted speed of a layer step over the present layout",
      detail: `${best.optimizer} on ${result.machine.name}, ${interval}${sample}`
    },
    {
      value: percent(score.balances.sglang),
      label: "balance of the units (mean over max load)",
      detail: `${best.optimizer}; ${percent(before)} with the present layout`
    }
  ]
}

const caches = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Headline> => {
  const result = offloadOf(documents)
  const best = result === undefined ? undefined : bestOverLru(result)
  if (result === undefined || best === undefined || best.gain <= 0) return []
  const { run, lru, belady } = best
  const rate = (one: typeof run) => real(one.metrics[throughputId] ?? 0)
  const bound = belady === undefined ? "" : `, Belady ${percent(belady.metrics["hit_rate"] ?? 0)}`
  return [
    {
      value: percent(run.metrics["hit_rate"] ?? 0),
      label: `of needed experts in a cache of ${percent(run.slotShare, 0)} of them, ${run.strategy}`,
      detail: `LRU ${percent(lru.metrics["hit_rate"] ?? 0)}${bound}; ${rate(run)} against ${rate(lru)} tokens/s on ${run.machine}`
    }
  ]
}

/** The workload of a counts store whose hottest experts run hottest, in the mean over layers. */
const hottestWorkload = (documents: ReadonlyArray<ResultDocument>) =>
  (countsOf(documents)?.workloads ?? [])
    .flatMap(({ workload, mean }) => (mean === null ? [] : [{ workload, skew: mean.skewMaxOverMean }]))
    .toSorted((a, b) => b.skew - a.skew)[0]

/** Up to five figures, the most telling first. */
export const headlinesOf = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Headline> =>
  [
    ...speed(documents),
    ...relation(crossLayerOf(documents)),
    ...relation(crossTokenOf(documents)),
    ...phases(documents),
    ...placement(documents),
    ...caches(documents),
    ...forecast(documents),
    ...skew(documents),
    ...pairs(documents),
    ...counts(documents)
  ]
    .slice(0, most)
    .map(({ value, label, detail }) => ({ value, label: unbroken(label), detail: unbroken(detail) }))

/** One sentence: what the documents show of this model. */
export const messageOf = (documents: ReadonlyArray<ResultDocument>, model: string): string => {
  const best = bestOf(settingsOf(runsOf(documents)))
  if (best?.speedup !== undefined && best.speedup > 1) {
    return `${model}: MoE layers decode ${times(best.speedup)} as fast with ${best.run.strategy.name} as with ${baseStrategy}`
  }
  for (const named of [crossLayerOf(documents), crossTokenOf(documents)]) {
    const mean = named?.relation.mean
    const gain = mean === null || mean === undefined ? null : lift(mean)
    if (named !== undefined && gain !== null && gain > 0) {
      return `${model}: an expert foretells ${points(gain).replace("+", "")} more of ${named.next} than popularity does`
    }
  }
  const result = forecastOf(documents)
  const foreseen = result === undefined ? undefined : ranked(result)[0]
  if (foreseen !== undefined) {
    return `${model}: ${foreseen.title.toLowerCase()} foresees ${percent(foreseen.recall[0]!.recall)} of the next selections`
  }
  const placed = placeOf(documents)
  const layout = placed === undefined ? undefined : bestLayout(placed)
  if (placed !== undefined && layout !== undefined && leadOf(layout).speedup > 1) {
    return `${model}: placed by ${layout.optimizer}, a layer step is predicted ${times(leadOf(layout).speedup)} as fast as now on ${placed.machine.name}`
  }
  const offload = offloadOf(documents)
  const cache = offload === undefined ? undefined : bestOverLru(offload)
  if (cache !== undefined && cache.gain > 0) {
    const { run, gain } = cache
    return `${model}: a cache of ${percent(run.slotShare, 0)} of the experts hits ${percent(run.metrics["hit_rate"] ?? 0)} with ${run.strategy}, ${points(gain).replace("+", "")} more than with LRU`
  }
  const hottest = spatialOf(documents)?.popularity.mean?.skewMaxOverMean ?? hottestWorkload(documents)?.skew
  return hottest === undefined
    ? `Data movement of ${model}`
    : `The hottest experts of ${model} do ${times(hottest)} the mean work`
}
