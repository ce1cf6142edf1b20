/** Runs of some layers and steps instead of all: what is drawn, and how far off the estimates may be. */
import type { AllocationPolicy, ResidencyPolicy } from "@moira/allocation"
import { formatCount, random, substream } from "@moira/core"
import { exp, sum } from "@moira/core/statistics"
import type { RunResult } from "@moira/results"
import { Effect } from "effect"
import { drawPlan, type Plan } from "../step/plan.ts"
import type { BatchTotals } from "../step/simulate-batch.ts"
import { SimulationError } from "../window/window.ts"
import { logError } from "./sample-error.ts"

/** Layers and decode steps of a sample; of two or more of each an error can be told. */
export interface Sample {
  readonly layers: number
  readonly steps: number
}

type SampleSummary = NonNullable<RunResult["sample"]>
type Interval = SampleSummary["throughputInterval"]

const badSample = ({ layers, steps }: Sample, what: string, hint: string) =>
  new SimulationError({ reason: "BadOption", where: `--sample ${layers}x${steps}`, what, hint })

export const checkSample = (sample: Sample) =>
  [sample.layers, sample.steps].every((n) => Number.isSafeInteger(n) && n >= 2)
    ? Effect.void
    : Effect.fail(
        badSample(sample, "of fewer than two layers or steps no error can be told", "for example --sample 8x8")
      )

/** Who keeps something from step to step, so that all of them have to run; nobody where steps may be left out. */
export const keeperOf = (
  policies: ReadonlyArray<AllocationPolicy | ResidencyPolicy>,
  cachesKeep: boolean
): string | undefined =>
  policies.find(({ stateless }) => stateless !== true)?.id ?? (cachesKeep ? "the last-level cache" : undefined)

export const samplePlan = (plan: Plan, sample: Sample, keeper: string | undefined, seed: number): Plan =>
  drawPlan(plan, sample, keeper === undefined, random(substream(seed, "sample")).below)

const around = (value: number, error: number): Interval => [value * exp(-error), value * exp(error)]

/**
 * What a result says of its sample: 95 % intervals of throughput and of the mean time of a layer step. `times` are those of the layer
 * steps that ran, in their order. Undefined where nothing was left out.
 */
export const sampleSummary = (
  { plan, tokens, timePs, layerSteps, stepTokens }: BatchTotals,
  times: ReadonlyArray<number>
): SampleSummary | undefined => {
  const of = {
    layers: sum(plan.steps[0]!.layers.map(({ weight }) => weight)),
    steps: sum(plan.steps.map(({ weight }) => weight))
  }
  const [layers, steps] = [plan.steps[0]!.layers.length, plan.steps.length]
  if (layers === of.layers && steps === of.steps) return undefined
  const ones = plan.steps.map(() => 1)
  return {
    layers,
    steps,
    of,
    throughputInterval: around(tokens / (timePs / 1e12), logError(plan, of, times, stepTokens)),
    layerTimeInterval: around(timePs / layerSteps, logError(plan, of, times, ones))
  }
}

export const sampleWarnings = (
  sample: SampleSummary | undefined,
  asked: Sample | undefined,
  keeper: string | undefined
): ReadonlyArray<string> => {
  if (sample === undefined || asked === undefined) return []
  const { layers, steps, of, throughputInterval } = sample
  const [low, high] = throughputInterval.map((value) => formatCount(Math.round(value)))
  const why =
    keeper === undefined || asked.steps >= of.steps ? "" : `, all of them since ${keeper} may go by earlier ones`
  return [
    `a sample of ${layers} of ${of.layers} layers at ${steps} of ${of.steps} steps${why}: sums and means are estimates, ` +
      `greatest values are the sample's, and throughput is ${low} to ${high} tokens/s with 95 % confidence`
  ]
}
