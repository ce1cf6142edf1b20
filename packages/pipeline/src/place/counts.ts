/** Traffic out of counts, which say how often each expert was chosen and nothing of tokens. */
import { type CountsInput } from "@moira/results"
import { type ExpertCounts, sumSteps } from "@moira/trace"
import { given, type Model, moeLayers } from "@moira/core"
import { Effect } from "effect"
import { type Counted, moeRows, PlaceError, type PlaceTraffic, zeroLayers } from "./traffic.ts"

/** Counts of one workload, and where they are from. */
export interface CountsSource {
  /** What messages call it: a file or a store. */
  readonly where: string
  readonly counts: ExpertCounts
}

/** Recorded steps are drawn again in at most so many groups. */
const maxGroups = 128

/** Counts of a model's MoE layers summed over steps, and each step by itself where there are several. */
export const judgeCounts = Effect.fn("pipeline.judgeCounts")(function* (source: CountsSource, model: Model) {
  const { layers, experts, steps, workload, counts } = source.counts
  const where = `${source.where}, ${workload}`
  if (experts !== model.experts)
    return yield* new PlaceError({
      reason: "OtherModel",
      where,
      what: `counts of ${experts} experts, ${model.title} has ${model.experts}`,
      hint: "name their model with --model, or give counts of the same model"
    })
  const rowsIn = (values: Float64Array) => {
    const rows = moeRows(where, model, layers, (l) => values.slice(l * experts, (l + 1) * experts))
    return rows instanceof PlaceError ? Effect.fail(rows) : Effect.succeed(rows)
  }
  const size = layers.length * experts
  const all = yield* rowsIn(sumSteps(source.counts))
  if (all.every((row) => row.every((count) => count === 0)))
    return yield* new PlaceError({
      reason: "NoCounts",
      where,
      what: "every count is 0",
      hint: "record again under load"
    })
  const groups =
    steps < 2
      ? undefined
      : yield* Effect.forEach(Array.from({ length: Math.min(steps, maxGroups) }), (_, g) => {
          const sum = new Float64Array(size)
          for (let step = g; step < steps; step += maxGroups)
            for (let i = 0; i < size; i++) sum[i]! += counts[step * size + i]!
          return rowsIn(sum)
        })
  return { on: workload, counts: all, ...(groups === undefined ? {} : { groups }) } satisfies Counted
})

/** Recorded steps from which on the earlier ones place and the later ones judge. */
const fewestSteps = 16

/** Some steps of counts as counts of their own. */
const stepsOf = ({ where, counts: of }: CountsSource, name: string, from: number, to: number): CountsSource => {
  const size = of.layers.length * of.experts
  const counts = of.counts.subarray(from * size, to * size)
  return { where, counts: { ...of, workload: `${name} of ${of.workload}`, steps: to - from, counts } }
}

/** What places and what judges it: earlier and later steps where enough were recorded, else all of them and nothing. */
const sidesOf = (source: CountsSource): readonly [CountsSource, CountsSource | undefined] => {
  const { steps } = source.counts
  if (steps < fewestSteps) return [source, undefined]
  const half = Math.floor(steps / 2)
  return [
    stepsOf(source, `the first ${half} steps`, 0, half),
    stepsOf(source, `the last ${steps - half} steps`, half, steps)
  ]
}

/**
 * What places, of the model that is given or that the counts name. Recorded steps are judged by later ones; other counts
 * judge where `heldOut` is set to them.
 */
export const countsTraffic = Effect.fn("pipeline.countsTraffic")(function* (
  source: CountsSource,
  input: CountsInput,
  asked: Model | undefined
) {
  const { counts, where } = source
  const model = asked ?? counts.model
  if (model === undefined)
    return yield* new PlaceError({
      reason: "UnknownModel",
      where,
      what: `the model of ${counts.layers.length} layers x ${counts.experts} experts is not known`,
      hint: "name it with --model"
    })
  const [placing, judging] = sidesOf(source)
  const train = yield* judgeCounts(placing, model)
  const heldOut = judging === undefined ? undefined : yield* judgeCounts(judging, model)
  const layers = moeLayers(model)
  const traffic: PlaceTraffic = {
    model,
    layers,
    input,
    train,
    ...given({ heldOut }),
    workloads: [{ name: train.on, counts: train.counts }],
    warnings: [...counts.notes, ...zeroLayers(layers, train)]
  }
  return traffic
})
