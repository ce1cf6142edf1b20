import { writeReport } from "@moira/report/node"
import { documentText, type SimulationDocument } from "@moira/results"
import { storeLayer } from "@moira/trace/node"
import { resolveModel, saveText, threadRunner } from "@moira/core/node"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as fs from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { analyse, spatial, sweep, temporal, usual } from "@moira/pipeline"
import { listed } from "../command.ts"
import { ingestStore, TraceFormat } from "@moira/ingest"
import { synth } from "../stores/synth.ts"
import { tellInputWarnings } from "../terminal/input-warnings.ts"
import { note, print, printJson } from "../terminal/output.ts"
import { simulationText, simulationWarnings } from "../terminal/simulation-text.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { common, reportFormats, usualWorkers } from "../flags/shared.ts"

const machines = ["dojo"]
const workers = usualWorkers(8)

/** Analyses a store, simulates it and writes its report. */
const study = Effect.fn("cli.study")(
  function* (store: string, out: string) {
    const [analysis] = yield* analyse({ analyses: [temporal, spatial], heldOutShare: 0.5, seed: 1 })
    const simulation = yield* sweep({
      machines,
      strategies: usual.simulate.strategies,
      batches: [4096, 16_384],
      steps: 16,
      network: "bottleneck",
      tokenTraffic: "modelled",
      seed: 1
    })
    yield* saveText(path.join(out, "analysis.json"), documentText(analysis))
    yield* saveText(path.join(out, "simulation.json"), documentText(simulation))
    const files = yield* writeReport({ documents: [analysis, simulation], out, formats: reportFormats })
    return { simulation, files }
  },
  (self, store) => Effect.provide(self, [storeLayer(store), threadRunner(workers)])
)

const tell = Effect.fnUntraced(function* (title: string, simulation: SimulationDocument, files: ReadonlyArray<string>) {
  yield* tellInputWarnings(simulation)
  for (const warning of simulationWarnings(simulation)) yield* note(`warning: ${warning}`)
  const html = files.find((file) => file.endsWith(".html"))!
  yield* print(`\n${title}\n\n${simulationText(simulation)}\n\nreport: ${pathToFileURL(path.resolve(html)).href}`)
})

export default Command.make(
  "demo",
  {
    out: Flag.String("out").pipe(
      Flag.withDefault("out/demo"),
      Flag.withDescription("directory for stores and reports")
    ),
    traces: Flag.String("traces").pipe(
      Flag.optional,
      Flag.withDescription("real traces of Llama-4-Maverick to study too, in the study's format")
    ),
    ...common
  },
  Effect.fnUntraced(function* ({ out, traces, json, quiet }) {
    const told: Array<{ readonly title: string; readonly files: ReadonlyArray<string> }> = []
    const run = Effect.fnUntraced(function* (title: string, name: string) {
      yield* quiet ? Effect.void : note(`\n${title}`)
      const store = path.join(out, `${name}.moira`)
      const { simulation, files } = yield* withProgress(study(store, path.join(out, name)), quiet)
      told.push({ title, files })
      if (!json) yield* tell(title, simulation, files)
    })
    const model = yield* resolveModel("deepseek-v3")
    const twin = {
      model,
      requests: 256,
      prefillTokens: 24,
      decodeTokens: 48,
      seed: 1,
      languages: ["en", "zh"] as const
    }
    yield* withProgress(synth(twin, path.join(out, "deepseek-v3.moira")), quiet)
    yield* run("Synthetic twin of DeepSeek-V3 on Dojo", "deepseek-v3")
    if (Option.isSome(traces) && fs.existsSync(traces.value)) {
      const paths = [traces.value]
      const read = ingestStore(paths, { out: path.join(out, "llama4.moira") }).pipe(
        Effect.provide([TraceFormat.detected(paths), threadRunner(workers)])
      )
      yield* withProgress(read, quiet)
      yield* run("Real traces of Llama-4-Maverick on Dojo", "llama4")
    } else if (Option.isSome(traces))
      yield* note(`no real traces at ${traces.value}: only the synthetic twin was studied`)
    if (json) yield* printJson({ schema: "moira-demo/1", studies: told })
  })
).pipe(
  Command.withDescription("The whole pipeline on a synthetic twin, and on real traces where they exist"),
  listed(15)
)
