import { Runner } from "@moira/core"
import { builtinNames, writeFiles } from "@moira/core/node"
import { documentText } from "@moira/results"
import { refuseFolder, reproduce, reproductionKind, studyModels } from "@moira/reproduce"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as path from "node:path"
import { listed } from "../command.ts"
import { note, print } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { table } from "../terminal/table.ts"
import { common, nameList, runnerFlags, seed, usualWorkers, whole } from "../flags/shared.ts"

export default Command.make(
  "reproduce",
  {
    experiments: Argument.String("experiment").pipe(
      Argument.variadic(),
      Argument.withDescription(`figures and tables of the study: ${builtinNames(reproductionKind).join(", ")}, or all`)
    ),
    model: nameList("model", studyModels.join(",")).pipe(Flag.withDescription("models to make twins of")),
    traces: nameList("traces").pipe(
      Flag.optional,
      Flag.withDescription("stores of real traces, to stand beside the twins of their models")
    ),
    requests: whole("requests", 256, 2, 1_000_000).pipe(Flag.withDescription("requests of a twin")),
    prefill: whole("prefill", 24, 1, 100_000).pipe(Flag.withDescription("mean prompt length of a twin in tokens")),
    decode: whole("decode", 64, 1, 100_000).pipe(Flag.withDescription("most decode tokens of a twin's request")),
    ...runnerFlags(usualWorkers(4), "worker threads; results do not depend on it"),
    steps: whole("steps", 32, 1, 100_000).pipe(Flag.withDescription("decode steps of simulations")),
    network: Flag.String("network").pipe(
      Flag.withDefault("flow"),
      Flag.withDescription("network model of simulations: name, package or path")
    ),
    hardware: Flag.String("hardware").pipe(
      Flag.optional,
      Flag.withDescription("folder of tables measured on one GPU; what they hold is not compared when left out")
    ),
    html: Flag.Boolean("html").pipe(
      Flag.withDefault(false),
      Flag.withDescription("every page also as one HTML file with its figures inside")
    ),
    seed,
    out: Flag.String("out").pipe(Flag.withDescription("directory for pages, figures, results and twins")),
    ...common
  },
  Effect.fnUntraced(function* ({
    experiments,
    model,
    traces,
    requests,
    prefill,
    decode,
    workers,
    runner,
    steps,
    network,
    hardware,
    html,
    seed: from,
    out,
    json,
    quiet
  }) {
    const began = performance.now()
    const stores = Option.getOrElse(traces, () => [])
    const options = {
      models: model,
      traces: stores,
      requests,
      prefillTokens: prefill,
      decodeTokens: decode,
      steps,
      network,
      hardware: Option.getOrUndefined(hardware),
      seed: from,
      out
    }
    if (Option.isSome(hardware)) yield* refuseFolder(hardware.value)
    const names = experiments.length === 0 ? "all" : experiments.join(" ")
    const real = stores.length === 0 ? "" : ` --traces ${stores.map((trace) => path.basename(trace)).join(",")}`
    const tables = Option.match(hardware, {
      onNone: () => "",
      onSome: (folder) => ` --hardware ${path.basename(folder)}`
    })
    const how = `moira reproduce ${names} --model ${model.join(",")}${real} --requests ${requests} --prefill ${prefill} --decode ${decode} --steps ${steps} --network ${network}${tables} --seed ${from}`
    const run = reproduce({ ...options, experiments, how, html }).pipe(Effect.provide(Runner.named(runner, workers)))
    const { document, files } = yield* withProgress(run, quiet)
    yield* writeFiles(out, files)
    yield* note(`wrote ${document.experiments.map(({ id }) => path.join(out, `${id}.md`)).join(", ")}`)
    yield* note(`took ${((performance.now() - began) / 1000).toFixed(0)} s`)
    if (json) yield* print(documentText(document))
    else {
      const { comparisonTable } = yield* Effect.promise(() => import("@moira/reproduce/pages"))
      for (const { title, rows } of document.experiments) {
        const compared = comparisonTable(rows)
        yield* print(`\n${title}\n\n${table(compared.head, compared.rows)}`)
      }
    }
  })
).pipe(
  Command.withDescription("Measure what the study published, and put both side by side"),
  Command.withExamples([
    {
      command: "moira reproduce fig4 fig5 --traces llama4.moira --out out/study",
      description: "two figures, on twins and on real traces"
    }
  ]),
  listed(13)
)
