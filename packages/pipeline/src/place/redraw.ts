/** Judging steps drawn again from other groups of the same traffic: what another sample of it might have been. */
import { type Model, random, substream } from "@moira/core"
import type { Groups } from "@moira/core/statistics"
import type { GroupCounts } from "@moira/placement"
import { type DecodeWindow, drawnAgain } from "@moira/simulator"
import { drawnSteps } from "./drawn-steps.ts"
import { sumOf } from "./traffic.ts"

/** Decode steps of each draw. */
export const drawnStepCount = 2

/** Where windows are drawn from: plain data, so that another thread draws the same. */
export type Redraw = {
  readonly batchTokens: number
  readonly seed: number
} & (
  | { readonly from: "requests"; readonly window: DecodeWindow; readonly groups: Groups }
  | {
      readonly from: "steps"
      readonly groups: GroupCounts
      readonly model: Model
      readonly layers: ReadonlyArray<number>
    }
)

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

/** The window of a draw by its number; the same wherever it is drawn. */
export const redrawn = (again: Redraw, draw: number): DecodeWindow => {
  const { batchTokens, seed } = again
  if (again.from === "requests") {
    const { window, groups } = again
    const { below } = random(substream(seed, "judging-steps", draw))
    return drawnAgain(window, {
      requests: drawnMembers(groups, Math.min(batchTokens, window.requests), below),
      steps: spreadSteps(window.steps, drawnStepCount, below)
    })
  }
  const { groups, model, layers } = again
  const { below } = random(substream(seed, "judging-groups", draw))
  const counts = sumOf(groups.map(() => groups[below(groups.length)]!))
  const tokenSeed = substream(seed, "judging-tokens", draw)
  return drawnSteps({ model, layers, counts, tokens: batchTokens, steps: drawnStepCount, seed: tokenSeed })
}
