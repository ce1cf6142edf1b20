/** The task of a sweep: runs one point over a window that is read once a machine. */
import { residencyKind } from "@moira/allocation"
import { type PluginError, Plugins, type PluginSource, Progress, type Task } from "@moira/core"
import { type RunResult } from "@moira/results"
import { greatestOf, heldOutMembers } from "@moira/core/statistics"
import { pickRequests, requestGroups, type StoreError, type TraceReader, TraceStore } from "@moira/trace"
import { Effect, Equal, Predicate } from "effect"
import { candidatesFor, loadKnowledge } from "../window/knowledge.ts"
import { type DecodeWindow, loadWindow, SimulationError } from "../window/window.ts"
import { type ExperimentPoint, runPoint } from "./point.ts"

const otherTrace = (asked: string, open: string) =>
  new SimulationError({
    reason: "OtherTrace",
    where: `trace ${asked}`,
    what: `the store that is open holds trace ${open}`,
    hint: "open the store that the points name"
  })

/** Plug-ins of the program that read a window, for points that it runs itself: those of a page are no modules to import. */
const sources = new WeakMap<DecodeWindow, PluginSource>()

const otherSplits = new SimulationError({
  reason: "BadOption",
  where: "held-out requests",
  what: "the points ask for different requests of the trace",
  hint: "run them apart"
})

/** The requests that a placement was not made by: those that `place` judged on. */
const heldOutOf = (store: TraceReader, heldOut: NonNullable<ExperimentPoint["heldOut"]>): TraceReader => {
  const mask = heldOutMembers(requestGroups(store.requests), heldOut)
  return pickRequests(
    store,
    Array.from(mask.keys()).filter((r) => mask[r] === 1)
  )
}

/** Reads what all points need of the provided trace, into memory that threads share. */
const readWindow = Effect.fn("simulator.readWindow")(function* (points: ReadonlyArray<ExperimentPoint>) {
  const store = yield* TraceStore
  const { contentSha256 } = store.manifest
  const other = points.find(({ trace }) => trace.contentSha256 !== contentSha256)
  if (other !== undefined) return yield* otherTrace(other.trace.contentSha256, contentSha256)
  const { heldOut } = points[0]!
  if (points.some((point) => !Equal.equals(point.heldOut, heldOut))) return yield* otherSplits
  const requests = greatestOf(points.map(({ batch }) => batch))
  const steps = greatestOf(points.map((point) => (point.warmUpSteps ?? 0) + point.steps))
  const plugins = yield* Plugins
  const policies = yield* Effect.forEach(new Set(points.map(({ residency }) => residency.module)), (module) =>
    plugins.open(residencyKind, module)
  )
  const judging = heldOut === undefined ? store : heldOutOf(store, heldOut)
  const candidates = candidatesFor(policies)
  const [window, knowledge] = yield* Effect.all([
    loadWindow({ requests, steps }),
    loadKnowledge({ requests, candidates })
  ]).pipe(Effect.provideService(TraceStore, judging))
  const report = yield* Progress
  report({ stage: "simulate", done: 0, total: points.length, unit: "runs" })
  const shared: DecodeWindow = { ...window, knowledge }
  sources.set(shared, plugins)
  return shared
})

type Failure = SimulationError | StoreError | PluginError

const pointTask: Task<ExperimentPoint, DecodeWindow, RunResult, Failure, TraceStore | Plugins> = {
  module: () => import.meta.resolve("@moira/simulator/point-task"),
  prepare: readWindow,
  isAnswer: (value) => Predicate.hasProperty(value, "strategy") && Predicate.hasProperty(value, "metrics"),
  run: (point, window) => Effect.runPromise(runPoint(window, point, sources.get(window)?.open))
}

export default pointTask
