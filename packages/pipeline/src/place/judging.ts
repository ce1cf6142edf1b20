/** The layer steps that layouts are judged on, and the same drawn again from other groups of the same traffic. */
import { substream } from "@moira/core"
import { exp, groupsOf, log2, middle95 } from "@moira/core/statistics"
import type { Placement } from "@moira/hardware"
import type { DecodeWindow } from "@moira/simulator"
import { Effect } from "effect"
import { drawnSteps } from "./drawn-steps.ts"
import type { Redraw } from "./redraw.ts"
import { runDraws } from "./run-draws.ts"
import { runSteps } from "./run-steps.ts"
import type { StepSetting } from "./step-times.ts"
import type { Counted, HeldOut, PlaceTraffic } from "./traffic.ts"

/** Groups below which a percentile bootstrap is known to be too narrow. */
export const fewestGroups = 8
/** Draws of an interval. */
const drawCount = 40
/** Requests that intervals draw from at least, where there are as many, though the batch be smaller. */
const drawnRequests = 1024

export interface JudgingSteps {
  readonly window: DecodeWindow
  /** Requests (groups of them, where some belong together) or recorded steps that judge, which intervals draw again. */
  readonly groups: number
  /** Steps of groups drawn again; undefined where there are too few. */
  readonly again?: Redraw
}

export interface JudgingSize {
  readonly batchTokens: number
  readonly steps: number
  readonly seed: number
}

/** Steps of independent tokens that choose as `counted` says. */
export const countedSteps = (
  { model, layers }: Pick<PlaceTraffic, "model" | "layers">,
  { counts }: Counted,
  { batchTokens: tokens, steps, seed }: JudgingSize
): DecodeWindow => drawnSteps({ model, layers, counts, tokens, steps, seed: substream(seed, "counted-steps") })

/**
 * The steps of what was held out: decode steps of its requests where the trace has them, else steps of independent tokens
 * that choose by its counts.
 */
export const judgingSteps = Effect.fn("pipeline.judgingSteps")(function* (
  traffic: PlaceTraffic,
  heldOut: HeldOut,
  size: JudgingSize
) {
  const { batchTokens, steps, seed } = size
  if (heldOut.window !== undefined) {
    const window = yield* heldOut.window({ requests: Math.max(batchTokens, drawnRequests), steps })
    const all = Array.from({ length: window.requests }, (_, r) => r)
    const groups = groupsOf(all.map((r) => heldOut.together?.of[r] ?? r))
    return {
      window,
      groups: groups.count,
      ...(groups.count < fewestGroups ? {} : { again: { from: "requests", window, groups, batchTokens, seed } })
    } satisfies JudgingSteps
  }
  const { groups = [] } = heldOut
  const { model, layers } = traffic
  return {
    window: countedSteps(traffic, heldOut, size),
    groups: groups.length,
    ...(groups.length < fewestGroups ? {} : { again: { from: "steps", groups, model, layers, batchTokens, seed } })
  } satisfies JudgingSteps
})

/** Steps of the window under every layout, in order. */
export const stepRuns = (window: DecodeWindow, layouts: ReadonlyArray<Placement>, setting: StepSetting) =>
  runSteps(
    window,
    layouts.map((layout) => ({ layout, tokenTraffic: "modelled" })),
    setting
  )

export type SpeedupInterval = readonly [low: number, high: number]

/**
 * 95 % of the speed-ups over the first layout when the groups are drawn again, all layouts on the same draws, moved so that
 * their mean lies on the speed-up of all groups: a draw repeats requests, which makes its steps more uneven.
 */
export const speedupIntervals = Effect.fn("pipeline.speedupIntervals")(function* (
  again: Redraw,
  layouts: ReadonlyArray<Placement>,
  speedups: ReadonlyArray<number>,
  machine: Pick<StepSetting, "hardware" | "named">
) {
  const logs = layouts.map((): Array<number> => [])
  for (const times of yield* runDraws(again, drawCount, layouts, machine))
    times.forEach((layerTimePs, i) => {
      const log = log2(times[0]! / layerTimePs)
      // No request of the draw decodes as long as its steps: there is no time to compare.
      if (Number.isFinite(log)) logs[i]!.push(log)
    })
  return layouts.map((_, i): SpeedupInterval => {
    const drawn = logs[i]!
    const bias = drawn.reduce((sum, log) => sum + log, 0) / drawn.length - log2(speedups[i]!)
    const [low, high] = middle95(Float64Array.from(drawn, (log) => log - bias))
    // Logarithms and powers with the same bits in every engine, so that a page says what Node says.
    return [exp(low * Math.LN2), exp(high * Math.LN2)]
  })
})
