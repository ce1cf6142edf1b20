/** Computes the points of a plan that are not kept yet, one by one, beside other processes that do the same. */
import { Progress, Runner } from "@moira/core"
import { Effect, Result } from "effect"
import { openGroup, type ReadyPoint } from "./compute-group.ts"
import { contentOf } from "./inputs.ts"
import type { Failure } from "./kinds/kind.ts"
import type { PlannedPoint } from "./plan.ts"
import { type PointOutcome, PointStore, type PointStoreShape } from "./point-store.ts"

/** Points that a process takes at a time, for each worker: few, so that another process finds some left. */
const takenPerWorker = 8

/** How long to wait for points of other processes before looking again. */
const lookAgain = "200 millis"

/** Failures of the machine that computed, not of the point: they are told, and tried again by the next run. */
const transient = new Set(["ThreadLost", "BadTask", "NotWritable", "Busy"])

/** Points that have the same trace and read the same part of it, in their order; others alone. */
const groupsOf = (points: ReadonlyArray<ReadyPoint>): ReadonlyArray<ReadonlyArray<ReadyPoint>> => {
  const groups = new Map<string, Array<ReadyPoint>>()
  for (const ready of points) {
    const { point, work } = ready
    const name = "shared" in work ? `${contentOf(point.source)} ${work.shared.window}` : point.key
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [ready])
    else group.push(ready)
  }
  return [...groups.values()]
}

/** Points that ended so far, of all. */
export interface SweepProgress {
  readonly done: number
  readonly failed: number
  readonly total: number
}

type Ended = (state: "done" | "failed") => void

/** Takes those points that nobody has ended or is computing; gives back those that other processes compute. */
const takePoints = Effect.fnUntraced(function* (
  store: PointStoreShape,
  points: ReadonlyArray<ReadyPoint>,
  ended: Ended
) {
  const mine: Array<ReadyPoint> = []
  const others: Array<ReadyPoint> = []
  for (const ready of points) {
    const { key } = ready.point
    if ((yield* store.state(key)) === undefined && (yield* store.claim(key)) !== undefined) {
      others.push(ready)
      continue
    }
    // Whoever had it may have ended it just before the claim.
    const state = yield* store.state(key)
    if (state === undefined) mine.push(ready)
    else {
      yield* store.release(key)
      ended(state)
    }
  }
  return { mine, others }
})

/**
 * Computes what is missing, and waits for what other processes compute. Gives the failures that are worth another try, by
 * key; all others are kept. `tell` is called whenever a point ends, here or elsewhere.
 */
export const computePoints = Effect.fn("experiment.compute")(function* (
  points: ReadonlyArray<PlannedPoint>,
  tell: (progress: SweepProgress) => void = () => {}
) {
  const store = yield* PointStore
  const { workers } = yield* Runner
  const report = yield* Progress
  const unique = [...new Map(points.map((point) => [point.key, point])).values()]
  const tally = { done: 0, failed: 0 }
  const say = () => {
    const { done, failed } = tally
    tell({ done, failed, total: unique.length })
    const more = failed === 0 ? {} : { more: `${failed} failed` }
    report({ stage: "sweep", done: done + failed, total: unique.length, unit: "points", ...more })
  }
  const ended: Ended = (state) => {
    tally[state]++
    say()
  }
  const lost = new Map<string, Failure>()
  const keep = Effect.fnUntraced(function* (point: PlannedPoint, outcome: PointOutcome) {
    if (outcome.state === "failed" && transient.has(outcome.failure.reason)) lost.set(point.key, outcome.failure)
    else yield* store.write(point.key, outcome)
    yield* store.release(point.key)
    ended(outcome.state)
  })
  let waiting: Array<ReadyPoint> = []
  for (const point of unique) {
    const state = yield* store.state(point.key)
    if (state !== undefined) tally[state]++
    else if (Result.isSuccess(point.prepared)) waiting.push({ point, work: point.prepared.success.work })
  }
  say()
  for (const point of unique) {
    if (Result.isFailure(point.prepared) && (yield* store.state(point.key)) === undefined)
      yield* keep(point, { state: "failed", failure: point.prepared.failure })
  }
  while (waiting.length > 0) {
    const elsewhere: Array<ReadyPoint> = []
    let computed = 0
    for (const group of groupsOf(waiting)) {
      let compute: Effect.Success<ReturnType<typeof openGroup>> | undefined
      for (let from = 0; from < group.length; from += workers * takenPerWorker) {
        const some = group.slice(from, from + workers * takenPerWorker)
        const { mine, others } = yield* takePoints(store, some, ended)
        elsewhere.push(...others)
        if (mine.length === 0) continue
        computed += mine.length
        const began = Date.now()
        yield* Effect.gen(function* () {
          compute ??= yield* openGroup(group)
          yield* compute(mine, keep)
        }).pipe(
          Effect.provideService(Progress, () => {}),
          Effect.ensuring(Effect.forEach(mine, ({ point }) => store.release(point.key), { discard: true }))
        )
        const seconds = (Date.now() - began) / 1000 / mine.length
        for (const { point } of mine) yield* store.noteTime({ key: point.key, seconds })
      }
    }
    waiting = elsewhere
    if (waiting.length > 0 && computed === 0) yield* Effect.sleep(lookAgain)
  }
  return lost
})
