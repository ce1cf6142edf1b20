/**
 * Key concept: an experiment is data. What computes its points, where they are kept and what they are read from are services.
 *
 * [1] a document, decoded: an unknown field or an impossible value is an error with its path.
 * [2] a plan: every name resolved, every point with the key of what it is.
 * [3] points are computed over the runner, and each is kept once it is done; those that are kept are not computed again.
 * [4] results side by side: a pure function of documents.
 * [5] change a service to change where things come from and go to: `memoryPoints` keeps nothing, `inlineRunner` needs no threads.
 */
import { findModel } from "@moira/core"
import { nodePlugins, threadRunner } from "@moira/core/node"
import { compare, decodeExperiment, planExperiment, PointStore, sweepExperiment } from "@moira/pipeline"
import { folderInputs, pointFolder } from "@moira/pipeline/node"
import { renderHtml } from "@moira/report"
import comparison from "@moira/report/kinds/comparison"
import type { ResultDocument } from "@moira/results"
import { writeStore } from "@moira/trace/node"
import { synthesize } from "@moira/twin"
import { Effect } from "effect"
import * as fs from "node:fs"

const document = decodeExperiment("links", {
  schema: "moira-experiment/1",
  run: "simulate",
  trace: { store: "my.moira" },
  machine: { name: "dojo" },
  stages: { strategy: ["ep", "moira"] },
  options: { batch: 512, steps: 4 },
  axes: [{ field: "machine.linkBytesPerSec", log: { from: 2.5e11, to: 4e12, points: 5 } }],
  keep: "metrics"
}) // [1]

const study = Effect.gen(function* () {
  const plan = yield* planExperiment(yield* Effect.fromResult(document)) // [2]
  const { points } = yield* sweepExperiment(plan, {
    tell: ({ done, total }) => console.log(`${done} of ${total} points`)
  }) // [3]
  const store = yield* PointStore
  const kept = yield* Effect.forEach(points, ({ key }) => store.read(key))
  const results = kept.flatMap((one) => (one?.state === "done" ? [JSON.parse(one.text) as ResultDocument] : []))
  return yield* Effect.fromResult(compare(results, { by: "machine.linkBytesPerSec" })) // [4]
}).pipe(
  Effect.scoped,
  Effect.provide([folderInputs({ directory: "." }), pointFolder("links"), threadRunner(2)]), // [5]
  Effect.provide(nodePlugins)
)

/** A store to study where there is none: a synthetic twin. */
const twin = Effect.gen(function* () {
  const model = findModel("olmoe")!
  const asked = { requests: 32, prefillTokens: 12, decodeTokens: 10, seed: 1, languages: ["en", "zh"] as const }
  const made = yield* synthesize({ model, ...asked })
  yield* writeStore({ directory: "my.moira", model, origin: made.origin, expected: asked.requests }, made.requests)
})

const found = await Effect.runPromise(Effect.andThen(fs.existsSync("my.moira") ? Effect.void : twin, study))
fs.writeFileSync("report.html", renderHtml([found], { kinds: [comparison] }))
console.log("wrote report.html")
