/** `moira sweep --watch`: how a sweep that runs elsewhere gets on. */
import { Progress } from "@moira/core"
import { ExperimentError, watchPoints } from "@moira/pipeline"
import { pointFolder } from "@moira/pipeline/node"
import { Effect } from "effect"
import { readSweep } from "./sweep-folder.ts"

/** Between two looks. */
const every = "500 millis"

/** How long nothing may change, and nobody hold a point, before it is said that nobody computes. */
const idleLooks = 10

/** Watches until every point has ended, or until nobody computes any more; gives the points that are left. */
export const watchSweep = Effect.fn("cli.watchSweep")(function* (folder: string) {
  const sweep = yield* readSweep(folder)
  if (sweep === undefined)
    return yield* new ExperimentError({
      reason: "NotReadable",
      where: `--out ${folder}`,
      what: "no sweep has begun here",
      hint: "start it with moira sweep FILE --out FOLDER"
    })
  const report = yield* Progress
  const keys = [...new Set(sweep.points.map(({ key }) => key))]
  return yield* Effect.gen(function* () {
    let idle = 0
    let before = -1
    for (;;) {
      const { done, failed, held } = yield* watchPoints(keys)
      const more = failed === 0 ? {} : { more: `${failed} failed` }
      report({ stage: "sweep", done: done + failed, total: keys.length, unit: "points", ...more })
      if (done + failed === keys.length) return 0
      idle = held > 0 || done + failed !== before ? 0 : idle + 1
      before = done + failed
      if (idle >= idleLooks) return keys.length - done - failed
      yield* Effect.sleep(every)
    }
  }).pipe(Effect.provide(pointFolder(folder)))
})
