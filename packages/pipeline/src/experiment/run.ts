/** Experiments as functions: one result, or every point of a sweep, kept one by one. */
import { given, version } from "@moira/core"
import type { SweepDocument, SweepPoint } from "@moira/results"
import { Effect, Result } from "effect"
import { computePoints, type SweepProgress } from "./compute.ts"
import { openGroup } from "./compute-group.ts"
import { ExperimentError } from "./error.ts"
import type { Failure } from "./kinds/kind.ts"
import { type ExperimentPlan, type PlannedPoint, planExperiment } from "./plan.ts"
import { type PointOutcome, PointStore } from "./point-store.ts"
import type { ExperimentDocument } from "./schema.ts"

const failed = (failure: Failure) => new ExperimentError({ ...failure, reason: "PointFailed" })

/** The only point of a document, computed: its result as the text of a file, and what belongs to it. */
export const runExperiment = Effect.fn("experiment.run")(function* (document: ExperimentDocument, name?: string) {
  const { points } = yield* planExperiment(document, name)
  const [point, more] = points
  if (point === undefined || more !== undefined)
    return yield* new ExperimentError({
      reason: "BadValue",
      where: `${name ?? "experiment"}, axes`,
      what: `${points.length} points, and one is run`,
      hint: "moira sweep runs them all"
    })
  if (Result.isFailure(point.prepared)) return yield* failed(point.prepared.failure)
  const ready = { point, work: point.prepared.success.work }
  let ended: PointOutcome | undefined
  const compute = yield* openGroup([ready])
  yield* compute([ready], (_, outcome) => Effect.sync(() => void (ended = outcome)))
  if (ended?.state === "done") return ended
  return yield* failed(ended!.failure)
})

/** How the points of a plan stand: the document of a sweep. Files are below the folder of the points. */
export const sweepState = Effect.fn("experiment.state")(function* (
  { document, fields, points }: ExperimentPlan,
  lost: ReadonlyMap<string, Failure> = new Map()
) {
  const store = yield* PointStore
  const stateOf = Effect.fnUntraced(function* ({ key, at }: PlannedPoint) {
    const values = at as SweepPoint["at"]
    const state = yield* store.state(key)
    if (state === "done") return { key, at: values, state, file: `points/${key}.json` } satisfies SweepPoint
    const kept = state === undefined ? undefined : yield* store.read(key)
    const failure = kept?.state === "failed" ? kept.failure : lost.get(key)
    if (failure === undefined) return { key, at: values, state: "waiting" } satisfies SweepPoint
    return { key, at: values, state: "failed", failure } satisfies SweepPoint
  })
  const sweep: SweepDocument = {
    schema: "moira-sweep/1",
    moira: version,
    ...given({ title: document.title }),
    run: document.run,
    fields,
    points: yield* Effect.forEach(points, stateOf)
  }
  return sweep
})

export interface ComputeOptions {
  /** Points that failed before are tried again. */
  readonly retry?: boolean
  /** Called whenever a point ends. */
  readonly tell?: (progress: SweepProgress) => void
  /** Called once it is known how the points stand, before any is computed. */
  readonly begin?: (sweep: SweepDocument) => Effect.Effect<void, Error>
}

/** Computes every point of a plan that the provided {@link PointStore} does not have, and tells how all of them ended. */
export const sweepExperiment = Effect.fn("experiment.sweep")(function* (
  plan: ExperimentPlan,
  { retry = false, tell, begin }: ComputeOptions = {}
) {
  const store = yield* PointStore
  if (retry) for (const { key } of plan.points) if ((yield* store.state(key)) === "failed") yield* store.forget(key)
  if (begin !== undefined) yield* begin(yield* sweepState(plan))
  return yield* sweepState(plan, yield* computePoints(plan.points, tell))
})
