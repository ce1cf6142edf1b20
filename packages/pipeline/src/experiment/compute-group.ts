/** Computes points of one trace: those that share a reading of it run together, others one by one. */
import { documentText, type RunResult } from "@moira/results"
import { openRuns, type SimulationError } from "@moira/simulator"
import { TraceStore } from "@moira/trace"
import { Effect, Result } from "effect"
import { describedBy } from "./describe.ts"
import type { Computed, Failure, PreparedPoint, SharedRuns } from "./kinds/kind.ts"
import { failureOf, type PlannedPoint } from "./plan.ts"
import type { PointOutcome } from "./point-store.ts"

/** A point whose names are resolved. */
export interface ReadyPoint {
  readonly point: PlannedPoint
  readonly work: PreparedPoint["work"]
}

/** What becomes of a point that ended. */
export type Keep<E, R> = (point: PlannedPoint, outcome: PointOutcome) => Effect.Effect<void, E, R>

/** Moira's own patterns are the same whatever other analyses ran in the same pass, and say nothing of them. */
const withoutAnalyses = ({ stages, ...description }: PlannedPoint["description"]): PlannedPoint["description"] => {
  const { analysis: _, ...others } = (stages ?? {}) as Readonly<Record<string, unknown>>
  return { ...description, ...(Object.keys(others).length === 0 ? {} : { stages: others }) }
}

/** What a point gives, with documents that say how they were made. */
export const describedResult = (
  { document, others, ...more }: Computed,
  description: PlannedPoint["description"]
): Computed =>
  others === undefined
    ? { ...more, document: describedBy(document, description) }
    : {
        ...more,
        document: describedBy(document, withoutAnalyses(description)),
        others: others.map(({ name, document: of }) => ({ name, document: describedBy(of, description) }))
      }

/** What a point gives, as it is kept: its document, and files with documents of other kinds among them. */
const outcomeOf = (computed: Computed, { description }: PlannedPoint): PointOutcome => {
  const { document, files, others = [] } = describedResult(computed, description)
  const named = new Map(files)
  for (const other of others) named.set(`${other.name}.json`, documentText(other.document))
  return { state: "done", text: documentText(document), ...(named.size === 0 ? {} : { files: named }) }
}

const failedWith = (failure: Failure): PointOutcome => ({ state: "failed", failure })

type Run = Effect.Success<ReturnType<typeof openRuns>>

interface Shared {
  readonly point: PlannedPoint
  readonly shared: SharedRuns
}

/** Each point is kept when the last of its runs has ended; of runs that fail the first one says why. */
const computeShared = <E, R>(run: Run, points: ReadonlyArray<Shared>, keep: Keep<E, R>) => {
  const all = points.flatMap(({ shared }, owner) => shared.points.map((point, index) => ({ point, owner, index })))
  const results = points.map(({ shared }) =>
    shared.points.map((): Result.Result<RunResult, SimulationError> | undefined => undefined)
  )
  const left = points.map(({ shared }) => shared.points.length)
  const conclude = (owner: number): PointOutcome => {
    const { point, shared } = points[owner]!
    const ended = Result.all(results[owner]!.map((result) => result!))
    results[owner] = []
    return Result.isSuccess(ended)
      ? outcomeOf(shared.assemble(ended.success), point)
      : failedWith(failureOf(ended.failure))
  }
  return run(
    all.map(({ point }) => point),
    (outcome, i) => {
      const { owner, index } = all[i]!
      results[owner]![index] = outcome
      left[owner]!--
      return left[owner] === 0 ? Effect.suspend(() => keep(points[owner]!.point, conclude(owner))) : Effect.void
    }
  )
}

const sharedOf = (points: ReadonlyArray<ReadyPoint>): ReadonlyArray<Shared> =>
  points.flatMap(({ point, work }) => ("shared" in work ? [{ point, shared: work.shared }] : []))

/**
 * Opens a group, all of whose points have one trace and read one part of it, and gives what computes some of them. What
 * cannot be read fails every point.
 */
export const openGroup = Effect.fnUntraced(function* (group: ReadonlyArray<ReadyPoint>) {
  const { source } = group[0]!.point
  const together = sharedOf(group)
  const run =
    together.length === 0 || source.kind !== "trace"
      ? undefined
      : yield* Effect.result(
          openRuns(together.flatMap(({ shared }) => shared.points)).pipe(
            Effect.provideService(TraceStore, source.reader)
          )
        )
  return <E, R>(points: ReadonlyArray<ReadyPoint>, keep: Keep<E, R>) =>
    Effect.gen(function* () {
      const shared = sharedOf(points)
      if (run !== undefined && Result.isFailure(run))
        for (const { point } of shared) yield* keep(point, failedWith(failureOf(run.failure)))
      else if (run !== undefined && source.kind === "trace")
        yield* computeShared(run.success, shared, keep).pipe(Effect.provideService(TraceStore, source.reader))
      for (const { point, work } of points) {
        if (!("alone" in work)) continue
        const outcome = yield* Effect.result(work.alone)
        yield* keep(
          point,
          Result.isSuccess(outcome) ? outcomeOf(outcome.success, point) : failedWith(failureOf(outcome.failure))
        )
      }
    })
})
