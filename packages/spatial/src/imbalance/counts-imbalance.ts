/** How even loads are, from counts, which know no requests: what a layout is chosen and judged on depends on what there is. */
import { type BalanceEvidence } from "@moira/results"
import { type ExpertCounts, sumSteps } from "@moira/trace"
import { heldOutMask } from "@moira/core/statistics"
import { random, substream } from "@moira/core"
import { concludeBalance, type Measured } from "./conclude.ts"
import { drawBundles, greatestOf, measureLayer, type MeasuredLayer, type Resample } from "./measure-layer.ts"
import { type ImbalanceOptions, type ImbalanceSettings, imbalanceSettings } from "./options.ts"

type Judgement = Pick<Measured, "trials" | "samples" | "method">

const layerOf = (sums: Float64Array, l: number, experts: number) => sums.subarray(l * experts, (l + 1) * experts)

const present = (layers: ReadonlyArray<MeasuredLayer | undefined>): ReadonlyArray<MeasuredLayer> =>
  layers.filter((layer) => layer !== undefined)

/** Each workload chooses for each other one, layer by layer as far as both have it. */
const acrossWorkloads = (workloads: ReadonlyArray<ExpertCounts>, settings: ImbalanceSettings): Judgement => {
  const sums = workloads.map(sumSteps)
  const trials = workloads.flatMap((a, i) =>
    workloads.flatMap((b, j) => {
      if (i === j) return []
      const place = new Map(b.layers.map((layer, l) => [layer, l]))
      const layers = a.layers.map((layer, l) => {
        const other = place.get(layer)
        if (other === undefined || a.experts !== b.experts) return undefined
        const [choose, judge] = [layerOf(sums[i]!, l, a.experts), layerOf(sums[j]!, other, b.experts)]
        return measureLayer({ layer, choose, judge, halves: undefined }, settings, undefined, 0)
      })
      return [present(layers)]
    })
  )
  const method =
    `a layout is chosen on one workload and judged on another, for all ${trials.length} ordered pairs: the evenness is their ` +
    "mean and the interval their range, which is no 95 % interval"
  return { trials, samples: "workloads", method }
}

/** Some recorded steps choose, the others judge. */
const acrossSteps = (of: ExpertCounts, settings: ImbalanceSettings): Judgement => {
  const { steps, layers, experts, counts } = of
  const heldOut = heldOutMask(steps, settings.split)
  const judges = Array.from({ length: steps }, (_, s) => s).filter((s) => heldOut[s] === 1)
  const { below } = random(substream(settings.split.seed, "balance"))
  const drawn = Uint32Array.from({ length: judges.length < 2 ? 0 : settings.draws * judges.length }, () =>
    below(judges.length)
  )
  const measured = layers.map((layer, l) => {
    const [choose, judge] = [new Float64Array(experts), new Float64Array(experts)]
    const halves = [new Float64Array(experts), new Float64Array(experts)] as const
    const judging = new Float64Array(judges.length * experts)
    for (let s = 0, b = 0; s < steps; s++) {
      const own = counts.subarray((s * layers.length + l) * experts, (s * layers.length + l + 1) * experts)
      const held = heldOut[s] === 1
      for (let e = 0; e < experts; e++) {
        ;(held ? judge : choose)[e]! += own[e]!
        halves[2 * s < steps ? 0 : 1][e]! += own[e]!
        if (held) judging[b * experts + e] = own[e]!
      }
      if (held) b++
    }
    const resample = drawn.length === 0 ? undefined : drawBundles(judging, judges.length, drawn)
    return measureLayer({ layer, choose, judge, halves }, settings, resample, settings.draws)
  })
  const method =
    "a layout is chosen on one half of the recorded steps and judged on the other; the interval is a bootstrap over " +
    "the judging steps, which follow each other and are more alike than steps of other days"
  return { trials: [present(measured)], samples: "steps", method }
}

/** Of `n` fair coins, those that fall on one side: exact for few, by the normal law for many. */
const thinned = (n: number, { uniform, normal }: ReturnType<typeof random>): number => {
  if (n > 256) return Math.min(n, Math.max(0, Math.round(n / 2 + (Math.sqrt(n) / 2) * normal())))
  let heads = 0
  for (let i = 0; i < n; i++) if (uniform() < 0.5) heads++
  return heads
}

/** One sum: random halves of its selections, which show counting noise and nothing else. */
const acrossSelections = (of: ExpertCounts, settings: ImbalanceSettings): Judgement => {
  const { layers, experts } = of
  const sums = sumSteps(of)
  const measured = layers.map((layer, l) => {
    const draw = random(substream(settings.split.seed, "balance", layer))
    const all = layerOf(sums, l, experts)
    const choose = Float64Array.from(all, (n) => thinned(n, draw))
    const judge = Float64Array.from(all, (n, e) => n - choose[e]!)
    const resample: Resample = (layouts, draws) => {
      const out = new Float64Array(draws * layouts.length)
      for (let d = 0; d < draws; d++) {
        const again = Float64Array.from(judge, (n) => Math.max(0, Math.round(n + Math.sqrt(n) * draw.normal())))
        out.set(greatestOf(layouts, again), d * layouts.length)
      }
      return out
    }
    return measureLayer({ layer, choose, judge, halves: undefined }, settings, resample, settings.draws)
  })
  const method =
    "there is one sum of counts: a layout is chosen on a random half of its selections and judged on the other half, " +
    "whose counts are resampled (Poisson, by the normal law) for the interval. That shows counting noise, not whether the load lasts"
  return { trials: [present(measured)], samples: "selections", method }
}

/** Evidence from the workloads given: between workloads where there are several, else between steps, else of one sum. */
export const countsImbalance = (workloads: ReadonlyArray<ExpertCounts>, options: ImbalanceOptions): BalanceEvidence => {
  const [first] = workloads
  if (first === undefined) throw new RangeError("no workload to judge")
  const settings = imbalanceSettings(options, first.experts)
  const judged =
    workloads.length > 1
      ? acrossWorkloads(workloads, settings)
      : first.steps > 1
        ? acrossSteps(first, settings)
        : acrossSelections(first, settings)
  const held = (of: ExpertCounts) => {
    const sums = sumSteps(of)
    return of.layers.filter((_, l) => layerOf(sums, l, of.experts).some((count) => count > 0))
  }
  return concludeBalance({
    ...judged,
    layers: [...new Set(workloads.flatMap(held))].toSorted((a, b) => a - b),
    settings,
    why: "no layer has counts both where a layout is chosen and where it is judged"
  })
}
