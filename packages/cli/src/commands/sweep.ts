import { Runner } from "@moira/core"
import { contentOf, ExperimentError, planExperiment, sweepExperiment } from "@moira/pipeline"
import { pointFolder } from "@moira/pipeline/node"
import { documentText, type SweepDocument } from "@moira/results"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as path from "node:path"
import { listed } from "../command.ts"
import { common, usualWorkers } from "../flags/shared.ts"
import { experimentFlags, readExperimentFile, runnerOf, seenFrom } from "../inputs/experiment-file.ts"
import { drawSweep, isDrawn } from "../runs/draw-sweep.ts"
import { refuseOther, saveExperiment, saveSweep, usualFolder } from "../runs/sweep-folder.ts"
import { tellPlan } from "../runs/tell-plan.ts"
import { watchSweep } from "../runs/watch-sweep.ts"
import { note, print } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { sweepText } from "../terminal/sweep-text.ts"

/** Points that cannot be are told, and make the exit code 1. */
const refuseFailed = Effect.fnUntraced(function* (out: string, { points }: SweepDocument) {
  const failed = points.filter(({ state }) => state === "failed")
  const first = failed[0]?.failure
  if (first === undefined) return
  return yield* new ExperimentError({
    reason: "PointFailed",
    where: out,
    what: `${failed.length} of ${points.length} points cannot be, the first: ${first.where}: ${first.what}`,
    hint: `${first.hint}; sweep.json lists them all, --retry tries them again`
  })
})

export default Command.make(
  "sweep",
  {
    ...experimentFlags,
    out: Flag.String("out").pipe(
      Flag.optional,
      Flag.withDescription(
        "folder of the points and of sweep.json; NAME.sweep when left out. What is there is not computed again"
      )
    ),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withDefault(false),
      Flag.withDescription("list the points, and say how long they would take by those measured; compute nothing")
    ),
    watch: Flag.Boolean("watch").pipe(
      Flag.withDefault(false),
      Flag.withDescription("show how a sweep that runs elsewhere gets on; compute nothing")
    ),
    retry: Flag.Boolean("retry").pipe(
      Flag.withDefault(false),
      Flag.withDescription("try points again that could not be computed")
    ),
    force: Flag.Boolean("force").pipe(
      Flag.withDefault(false),
      Flag.withDescription("write into a folder that holds something else")
    ),
    ...common
  },
  Effect.fnUntraced(function* ({ file, set, workers, runner, out: asked, dryRun, watch, retry, force, json, quiet }) {
    const document = yield* readExperimentFile(file, set)
    const out = Option.getOrElse(asked, () => usualFolder(file))
    if (watch) {
      const left = yield* withProgress(watchSweep(out), quiet)
      if (left > 0)
        yield* note(`nobody computes the ${left} points that are left: moira sweep ${file} --out ${out} goes on`)
      return
    }
    yield* refuseOther(out, force)
    const by = runnerOf(document, usualWorkers(8), { workers, runner })
    const seen = seenFrom(file, path.join(out, "traces"))
    const store = pointFolder(out)
    if (dryRun) return yield* Effect.provide(Effect.scoped(tellPlan(document, file, json)), [...seen, store])
    const begin = (sweep: SweepDocument) => saveSweep(out, sweep)
    const run = Effect.gen(function* () {
      const plan = yield* planExperiment(document, file)
      yield* saveExperiment(
        out,
        document,
        plan.points.map(({ source }) => contentOf(source))
      )
      return yield* sweepExperiment(plan, { retry, begin })
    })
    const sweep = yield* withProgress(
      run.pipe(Effect.scoped, Effect.provide([...seen, store, Runner.named(by.name, by.workers)])),
      quiet
    )
    yield* saveSweep(out, sweep)
    yield* print(json ? documentText(sweep) : sweepText(sweep))
    const isDone = sweep.points.some(({ state }) => state === "done")
    if (isDone && isDrawn(document)) yield* drawSweep(out, document)
    else yield* note(`stored in ${out}; next: moira compare ${out}`)
    yield* refuseFailed(out, sweep)
  })
).pipe(
  Command.withDescription(
    "Run every point of an experiment document; what was computed is kept, and the same command goes on"
  ),
  Command.withExamples([
    { command: "moira sweep links.yaml --dry-run", description: "which points there are, and how long they take" },
    { command: "moira sweep links.yaml --out links", description: "run them; a broken-off sweep goes on where it was" }
  ]),
  listed(11.3)
)
