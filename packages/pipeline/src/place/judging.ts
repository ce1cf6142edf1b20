/** The layer steps that layouts are judged on, and the same drawn again from other groups of the same traffic. */
import { Progress, random, substream } from "@moira/core"
import { exp, type Groups, groupsOf, log2, middle95 } from "@moira/core/statistics"
import type { Placement } from "@moira/hardware"
import { type DecodeWindow, drawnAgain } from "@moira/simulator"
import { Effect } from "effect"
import { drawnSteps } from "./drawn-steps.ts"
import { runSteps } from "./run-steps.ts"
import type { StepSetting } from "./step-times.ts"
import { type Counted, type HeldOut, type PlaceTraffic, sumOf } from "./traffic.ts"

/** Groups below which a percentile bootstrap is known to be too narrow. */
export const fewestGroups = 8
/** Draws of an interval, and the decode steps of each. */
const drawCount = 40
const drawnStepCount = 2
/** Requests that intervals draw from at least, where there are as many, though the batch be smaller. */
const drawnRequests = 1024

export interface JudgingSteps {
  readonly window: DecodeWindow
  /** Requests (groups of them, where some belong together) or recorded steps that judge, which intervals draw again. */
  readonly groups: number
  /** Steps of groups drawn again; undefined where there are too few. */
  readonly again?: (draw: number) => DecodeWindow
}

export interface JudgingSize {
  readonly batchTokens: number
  readonly steps: number
  readonly seed: number
}

/** One decode step in each of equal parts of the window, so that early and late ones count alike. */
const spreadSteps = (steps: number, count: number, below: (n: number) => number): ReadonlyArray<number> => {
  const parts = Math.min(count, steps)
  return Array.from({ length: parts }, (_, i) => {
    const [from, to] = [Math.floor((i * steps) / parts), Math.floor(((i + 1) * steps) / parts)]
    return from + below(to - from)
  })
}

/** So many requests of whole groups, drawn with replacement; of the last group as many as are still needed. */
const drawnMembers = ({ of, count }: Groups, wanted: number, below: (n: number) => number): ReadonlyArray<number> => {
  const members = Map.groupBy(of.keys(), (r) => of[r]!)
  const drawn: Array<number> = []
  while (drawn.length < wanted) for (const r of members.get(below(count))!) if (drawn.length < wanted) drawn.push(r)
  return drawn
}

const windowAgain =
  (window: DecodeWindow, groups: Groups, { batchTokens, seed }: JudgingSize) =>
  (draw: number) => {
    const { below } = random(substream(seed, "judging-steps", draw))
    return drawnAgain(window, {
      requests: drawnMembers(groups, Math.min(batchTokens, window.requests), below),
      steps: spreadSteps(window.steps, drawnStepCount, below)
    })
  }

const groupsAgain =
  (
    groups: NonNullable<HeldOut["groups"]>,
    drawn: (counts: ReadonlyArray<ArrayLike<number>>, steps: number, seed: number) => DecodeWindow,
    seed: number
  ) =>
  (draw: number) => {
    const { below } = random(substream(seed, "judging-groups", draw))
    const counts = sumOf(groups.map(() => groups[below(groups.length)]!))
    return drawn(counts, drawnStepCount, substream(seed, "judging-tokens", draw))
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
      ...(groups.count < fewestGroups ? {} : { again: windowAgain(window, groups, size) })
    } satisfies JudgingSteps
  }
  const { groups = [] } = heldOut
  const drawn = (counts: ReadonlyArray<ArrayLike<number>>, most: number, drawSeed: number) =>
    drawnSteps({ ...traffic, counts, tokens: batchTokens, steps: most, seed: drawSeed })
  return {
    window: countedSteps(traffic, heldOut, size),
    groups: groups.length,
    ...(groups.length < fewestGroups ? {} : { again: groupsAgain(groups, drawn, seed) })
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
  again: NonNullable<JudgingSteps["again"]>,
  layouts: ReadonlyArray<Placement>,
  speedups: ReadonlyArray<number>,
  machine: Omit<StepSetting, "steps">
) {
  const report = yield* Progress
  const setting = { ...machine, steps: drawnStepCount }
  const logs = layouts.map((): Array<number> => [])
  for (let draw = 0; draw < drawCount; draw++) {
    const runs = yield* stepRuns(again(draw), layouts, setting)
    runs.forEach(({ layerTimePs }, i) => {
      const log = log2(runs[0]!.layerTimePs / layerTimePs)
      // No request of the draw decodes as long as its steps: there is no time to compare.
      if (Number.isFinite(log)) logs[i]!.push(log)
    })
    report({ stage: "draw requests again", done: draw + 1, total: drawCount, unit: "draws" })
  }
  return layouts.map((_, i): SpeedupInterval => {
    const drawn = logs[i]!
    const bias = drawn.reduce((sum, log) => sum + log, 0) / drawn.length - log2(speedups[i]!)
    const [low, high] = middle95(Float64Array.from(drawn, (log) => log - bias))
    // Logarithms and powers with the same bits in every engine, so that a page says what Node says.
    return [exp(low * Math.LN2), exp(high * Math.LN2)]
  })
})
