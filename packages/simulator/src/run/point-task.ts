/** The seam to execution: who computes experiment points? */
import { Context, Effect, Layer, Result } from "effect"
import { makeWorkerPool } from "@moira/core/node"
import { Progress } from "@moira/core"
import { type RunResult } from "@moira/results"
import { type ExperimentPoint, runPoint } from "./point.ts"
import { type DecodeWindow, SimulationError } from "../window/window.ts"

export interface PointRunner {
  readonly id: string
  /** Results in the order of the points, whatever order they were computed in. */
  readonly run: (
    window: DecodeWindow,
    points: ReadonlyArray<ExperimentPoint>
  ) => Effect.Effect<ReadonlyArray<RunResult>, SimulationError>
}

export class Runner extends Context.Service<Runner, PointRunner>()("@moira/simulator/Runner") {}

/** What a worker thread is sent, and what it answers. */
export interface PointJob {
  readonly window: DecodeWindow
  readonly point: ExperimentPoint
}
export interface PointFailure {
  readonly where: string
  readonly what: string
  readonly hint: string
}
export type PointAnswer = { readonly ok: true; readonly run: RunResult } | ({ readonly ok: false } & PointFailure)

const failed = ({ where, what, hint }: PointFailure) =>
  new SimulationError({ reason: "PointFailed", where, what, hint })

/** Runs one point and turns every typed error into plain text that can cross a thread. */
export const answerPoint = ({ window, point }: PointJob): Effect.Effect<PointAnswer> =>
  runPoint(window, point).pipe(
    Effect.result,
    Effect.map((result) => {
      if (Result.isSuccess(result)) return { ok: true, run: result.success } as const
      const { where, what, hint } = result.failure
      return { ok: false, where, what, hint } as const
    })
  )

const runAll = (
  id: string,
  concurrency: number,
  answer: (job: PointJob) => Effect.Effect<PointAnswer, SimulationError>
): PointRunner => ({
  id,
  run: Effect.fn("simulator.runPoints")(function* (window, points) {
    const report = yield* Progress
    let done = 0
    report({ stage: "simulate", done, total: points.length, unit: "runs" })
    return yield* Effect.forEach(
      points,
      Effect.fnUntraced(function* (point) {
        const reply = yield* answer({ window, point })
        if (!reply.ok) return yield* failed(reply)
        report({ stage: "simulate", done: ++done, total: points.length, unit: "runs" })
        return reply.run
      }),
      { concurrency }
    )
  })
})

/** Runs points one after the other in this thread. */
export const inlineRunner: Layer.Layer<Runner> = Layer.succeed(Runner, runAll("inline", 1, answerPoint))

const workerModule = new URL(import.meta.url.endsWith(".ts") ? "../worker.ts" : "./worker.js", import.meta.url)

/** Runs points on worker threads that share one window; results do not depend on how many. */
export const localRunner = (workers: number): Layer.Layer<Runner> =>
  Layer.effect(
    Runner,
    Effect.map(makeWorkerPool<PointJob, PointAnswer>({ module: workerModule, size: workers }), (pool) =>
      runAll("local", workers, (job) => pool.run(job).pipe(Effect.mapError((error) => failed(error))))
    )
  )
