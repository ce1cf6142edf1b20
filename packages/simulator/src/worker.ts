/** What a worker thread of the local runner does: answer points. */
import { serveJobs } from "@moira/core/thread"
import { Effect } from "effect"
import { answerPoint, type PointAnswer, type PointJob } from "./run/point-task.ts"

serveJobs((job: PointJob): Promise<PointAnswer> => Effect.runPromise(answerPoint(job)))
