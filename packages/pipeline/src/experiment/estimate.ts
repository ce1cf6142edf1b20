/** What a sweep would do, and how long it would take by the points that were measured. */
import { Effect } from "effect"
import type { ExperimentPlan, PlannedPoint } from "./plan.ts"
import { PointStore } from "./point-store.ts"

export interface SweepEstimate {
  readonly points: number
  readonly done: number
  readonly failed: number
  readonly waiting: number
  /** Of all that wait; undefined where no point was measured. */
  readonly seconds?: number
}

/** How many fields of two points have the same value. */
const alike = (a: PlannedPoint, b: PlannedPoint): number =>
  Object.entries(a.at).filter(([field, value]) => JSON.stringify(b.at[field]) === JSON.stringify(value)).length

/** Each point that waits is taken to need what those measured ones did on average that share most values with it. */
export const estimateSweep = Effect.fn("experiment.estimate")(function* ({ points }: ExperimentPlan) {
  const store = yield* PointStore
  const unique = [...new Map(points.map((point) => [point.key, point])).values()]
  const states = yield* Effect.forEach(unique, ({ key }) => store.state(key))
  const seconds = new Map((yield* store.times).map((time) => [time.key, time.seconds]))
  const measured = unique.filter(({ key }) => seconds.has(key))
  const secondsOf = (point: PlannedPoint): number => {
    let best = -1
    let sum = 0
    let count = 0
    for (const other of measured) {
      const shared = alike(point, other)
      if (shared < best) continue
      if (shared > best) [best, sum, count] = [shared, 0, 0]
      sum += seconds.get(other.key)!
      count++
    }
    return sum / count
  }
  const waiting = unique.filter((_, i) => states[i] === undefined)
  const estimate: SweepEstimate = {
    points: unique.length,
    done: states.filter((state) => state === "done").length,
    failed: states.filter((state) => state === "failed").length,
    waiting: waiting.length,
    ...(measured.length === 0 ? {} : { seconds: waiting.reduce((sum, point) => sum + secondsOf(point), 0) })
  }
  return estimate
})

/** How many of these points have ended, and how many any process holds. */
export const watchPoints = Effect.fn("experiment.watch")(function* (keys: ReadonlyArray<string>) {
  const store = yield* PointStore
  const states = yield* Effect.forEach(keys, (key) => store.state(key))
  const count = (state: "done" | "failed") => states.filter((one) => one === state).length
  return { done: count("done"), failed: count("failed"), held: yield* store.held }
})
