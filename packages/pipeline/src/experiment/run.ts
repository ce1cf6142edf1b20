/** Experiments as functions: one result, or every point of a sweep, kept one by one. */
import { given, version } from "@moira/core"
import type { SweepDocument, SweepPoint } from "@moira/results"
import { runPoints } from "@moira/simulator"
import { TraceStore } from "@moira/trace"
import { Effect } from "effect"
import { designOf } from "./axes.ts"
import { computePoints, type SweepProgress } from "./compute.ts"
import { describedResult } from "./compute-group.ts"
import { describePoint } from "./describe.ts"
import { ExperimentError } from "./error.ts"
import { contentOf } from "./inputs.ts"
import { traceOf } from "./kinds/asked.ts"
import { preparePoint } from "./kinds/index.ts"
import type { Failure } from "./kinds/kind.ts"
import { documentOf, type ExperimentPlan, openSource, placed, type PlannedPoint } from "./plan.ts"
import { PointStore } from "./point-store.ts"
import type { ExperimentDocument } from "./schema.ts"

/** The only point of a document that may have axes with one value each. */
const onlyPoint = Effect.fnUntraced(function* (document: ExperimentDocument, name: string) {
  const { points } = yield* Effect.fromResult(designOf(document))
  const [puts, more] = points
  if (puts !== undefined && more === undefined) return yield* Effect.fromResult(documentOf(name, document, puts))
  return yield* new ExperimentError({
    reason: "BadValue",
    where: `${name}, axes`,
    what: `${points.length} points, and one is run`,
    hint: "moira sweep runs them all"
  })
})

/** A document that varies nothing, with every name resolved; `compute` runs it. */
export const prepareExperiment = Effect.fn("experiment.prepareOne")(function* (
  document: ExperimentDocument,
  name: string
) {
  const source = yield* openSource(name, document)
  const point = yield* preparePoint(document, source)
  const { work } = point
  const ended =
    "alone" in work
      ? work.alone
      : Effect.flatMap(traceOf(document.run, source), (store) =>
          Effect.map(runPoints(work.shared.points), work.shared.assemble).pipe(Effect.provideService(TraceStore, store))
        )
  const description = describePoint(document, contentOf(source), point)
  return { point, compute: Effect.map(ended, (computed) => describedResult(computed, description)) }
})

const compute = (document: ExperimentDocument, name: string) =>
  Effect.flatMap(prepareExperiment(document, name), (prepared) => prepared.compute)

/**
 * The only point of a document, computed. Errors are those of whoever found what is wrong; with the document's `name` they
 * are told by the path in it.
 */
export const runExperiment = Effect.fn("experiment.run")(function* (document: ExperimentDocument, name?: string) {
  const only = yield* onlyPoint(document, name ?? "experiment")
  return yield* compute(only, name ?? "experiment").pipe(
    Effect.mapError((error) => (name === undefined ? error : placed(error, only, [], name)))
  )
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
