/** Layouts judged on traffic: in sample, held out where there is such traffic, and how sure that is. */
import { given } from "@moira/core"
import type { Placement } from "@moira/hardware"
import { type LayerTraffic, makeScore, type PlacementScore, scoreIntervals } from "@moira/placement"
import { Effect } from "effect"
import type { KnownInput } from "./inputs.ts"
import { countedSteps, judgingSteps, speedupIntervals, type SpeedupInterval } from "./judging.ts"
import type { Layout } from "./layouts.ts"
import { runSteps } from "./run-steps.ts"
import { stepRun, type StepRun, type StepSetting } from "./step-times.ts"
import type { PlaceTraffic } from "./traffic.ts"

/** Decode steps that tell the in-sample time where other traffic judges. */
const inSampleSteps = 4

/** One layout on one traffic. */
export interface JudgedOn {
  /** Balance, loads and bytes by counts. */
  readonly score: PlacementScore
  /** Time of simulated layer steps. */
  readonly run: StepRun
  /** The same with no activations sent: the experts' part. */
  readonly expertsPs: number
}

/** By index of the layout; none held out where no such traffic is known, no intervals where groups are too few. */
export interface Verdicts {
  readonly inSample: ReadonlyArray<JudgedOn>
  readonly heldOut: ReadonlyArray<JudgedOn> | undefined
  readonly balanceIntervals: ReadonlyArray<SpeedupInterval> | undefined
  readonly speedupIntervals: ReadonlyArray<SpeedupInterval> | undefined
  /** Picoseconds of a layer step of another layout on the traffic that leads. */
  readonly stepPs: (placement: Placement) => ReturnType<typeof layerStepPs>
}

const layerStepPs = Effect.fnUntraced(function* (
  window: Parameters<typeof stepRun>[0],
  placement: Placement,
  setting: StepSetting
) {
  return (yield* stepRun(window, placement, setting)).layerTimePs
})

/** Judges all layouts alike, index by index; `counted` is traffic of real tokens by layout, then layer. */
export const judge = Effect.fn("pipeline.judge")(function* (
  layouts: ReadonlyArray<Layout>,
  { input, hardware, named, steps }: Omit<StepSetting, "batchTokens"> & { readonly input: KnownInput },
  traffic: PlaceTraffic,
  counted: ReadonlyArray<ReadonlyArray<LayerTraffic>> | undefined
) {
  const { train, heldOut } = traffic
  const { batchTokens, seed } = input
  const machine = { hardware, batchTokens, ...given({ named }) }
  const placements = layouts.map(({ placement }) => placement)
  const score = makeScore(input)
  const trafficOf = layouts.map((_, i) => (counted === undefined ? undefined : (l: number) => counted[i]![l]!))

  const on = Effect.fnUntraced(function* (
    counts: ReadonlyArray<Float64Array>,
    window: Parameters<typeof stepRun>[0],
    withTokens: boolean,
    most: number
  ) {
    const jobs = (["modelled", "ignored"] as const).flatMap((tokenTraffic) =>
      placements.map((layout) => ({ layout, tokenTraffic }))
    )
    const runs = yield* runSteps(window, jobs, { ...machine, steps: most })
    return placements.map((placement, i): JudgedOn => ({
      score: score(placement, counts, withTokens ? trafficOf[i] : undefined),
      run: runs[i]!,
      expertsPs: runs[placements.length + i]!.layerTimePs
    }))
  })

  const few = heldOut === undefined ? steps : inSampleSteps
  const seen = countedSteps(traffic, train, { batchTokens, steps: few, seed })
  const inSample = yield* on(train.counts, seen, heldOut === undefined, few)
  if (heldOut === undefined)
    return {
      inSample,
      heldOut: undefined,
      balanceIntervals: undefined,
      speedupIntervals: undefined,
      stepPs: (placement) => layerStepPs(seen, placement, { ...machine, steps })
    } satisfies Verdicts
  const { window, again } = yield* judgingSteps(traffic, heldOut, { batchTokens, steps, seed })
  const others = yield* on(heldOut.counts, window, true, steps)
  const speedups = others.map(({ run }) => others[0]!.run.layerTimePs / run.layerTimePs)
  return {
    inSample,
    heldOut: others,
    balanceIntervals:
      heldOut.groups === undefined
        ? undefined
        : scoreIntervals(score, placements, heldOut.groups, seed, trafficOf)?.map(
            ({ balance }): SpeedupInterval => balance
          ),
    speedupIntervals: again === undefined ? undefined : yield* speedupIntervals(again, placements, speedups, machine),
    stepPs: (placement) => layerStepPs(window, placement, { ...machine, steps })
  } satisfies Verdicts
})
