import { localRunner } from "@moira/simulator"
import { documentText, formatPs, parquetStore, type SimulationDocument } from "@moira/trace"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as os from "node:os"
import { simulateAll } from "../pipeline/simulate.ts"
import { saveText } from "../pipeline/save.ts"
import { note, print } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { table } from "../terminal/table.ts"
import { common, nameList, numberList, seed, whole } from "./flags.ts"

const grouped = (n: number): string => Math.round(n).toLocaleString("en-US")
const times = (ratio: number | undefined): string => (ratio === undefined ? "–" : `${ratio.toFixed(2)} x`)

/** Runs as a table: strategy x throughput x hop reduction. */
export const simulationText = ({ runs }: SimulationDocument): string => {
  const rows = runs.map(({ machine, batch, strategy, metrics }) => [
    machine.name,
    grouped(batch),
    strategy.name,
    grouped(metrics["throughput_tokens_per_s"]!),
    times(metrics["speedup"]),
    grouped(metrics["hops"]!),
    // Without any hop left the reduction has no finite value.
    metrics["hops"] === 0 ? "all" : times(metrics["hop_reduction"]),
    formatPs(metrics["layer_time_ps"]!)
  ])
  const header = ["machine", "batch", "strategy", "tokens/s", "speed-up", "hops", "hop reduction", "layer step"]
  return table(header, rows)
}

/** Every distinct warning of the runs. */
export const simulationWarnings = ({ runs }: SimulationDocument): ReadonlyArray<string> => [
  ...new Set(runs.flatMap(({ batch, warnings }) => warnings.map((text) => `batch ${grouped(batch)}: ${text}`)))
]

export const simulateCommand = Command.make(
  "simulate",
  {
    store: Argument.String("store").pipe(Argument.withDescription("directory of a store")),
    machine: nameList("machine").pipe(
      Flag.withDescription("machine names, such as dojo, tsmc-sow, dojo-enhanced; or a .json spec")
    ),
    strategy: nameList("strategy", "base,ep,allo").pipe(Flag.withDescription("strategies: names, packages or paths")),
    batch: numberList("batch", 1, "4096").pipe(Flag.withDescription("requests that decode together")),
    steps: whole("steps", 32, 1, 1_000_000).pipe(Flag.withDescription("most decode steps to simulate")),
    network: Flag.String("network").pipe(
      Flag.withDefault("bottleneck"),
      Flag.withDescription("network model: name, package or path")
    ),
    backend: Flag.String("backend").pipe(
      Flag.optional,
      Flag.withDescription("hardware backend: name, package or path; found by the machine's name when left out")
    ),
    set: nameList("set").pipe(
      Flag.optional,
      Flag.withDescription("numbers of the machine to replace, such as hbmBytesPerSec=8e12,linkBytesPerSec=2e12")
    ),
    controller: Flag.String("controller").pipe(
      Flag.optional,
      Flag.withDescription(
        "who decides where work goes, such as host-cpu; the machine's usual controller when left out"
      )
    ),
    tokenTraffic: Flag.Literals("token-traffic", ["modelled", "ignored"]).pipe(
      Flag.withDefault("modelled" as const),
      Flag.withDescription("send activations between units, or leave them out as the study does")
    ),
    bytesPerWeight: Flag.Literals("bytes-per-weight", ["1", "2"]).pipe(
      Flag.optional,
      Flag.withDescription("bytes of a weight in traffic; the model's serving format when left out")
    ),
    verify: Flag.Boolean("verify").pipe(
      Flag.withDefault(false),
      Flag.withDescription("run the closed form beside the network model and fail where they disagree")
    ),
    workers: whole("workers", Math.max(1, Math.min(8, os.availableParallelism())), 1, 256).pipe(
      Flag.withDescription("worker threads; results do not depend on it")
    ),
    seed,
    out: Flag.String("out").pipe(Flag.optional, Flag.withDescription("file for the result document")),
    ...common
  },
  Effect.fnUntraced(function* ({ store, json, quiet, workers, out, ...flags }) {
    const request = {
      machines: flags.machine,
      strategies: flags.strategy,
      batches: flags.batch,
      steps: flags.steps,
      network: flags.network,
      tokenTraffic: flags.tokenTraffic,
      seed: flags.seed,
      verify: flags.verify,
      ...Option.match(flags.backend, { onNone: () => ({}), onSome: (backend) => ({ backend }) }),
      ...Option.match(flags.set, { onNone: () => ({}), onSome: (changes) => ({ changes }) }),
      ...Option.match(flags.controller, { onNone: () => ({}), onSome: (controller) => ({ controller }) }),
      ...Option.match(flags.bytesPerWeight, { onNone: () => ({}), onSome: (b) => ({ bytesPerWeight: Number(b) }) })
    }
    const run = simulateAll(request).pipe(Effect.provide([parquetStore(store), localRunner(workers)]))
    const document = yield* withProgress(run, quiet)
    for (const warning of simulationWarnings(document)) yield* note(`warning: ${warning}`)
    if (Option.isSome(out)) yield* saveText(out.value, documentText(document))
    yield* print(json ? documentText(document) : simulationText(document))
  })
).pipe(
  Command.withDescription("Simulate decode batches of a store on a machine"),
  Command.withExamples([
    {
      command: "moira simulate twin.moira --machine dojo --strategy base,ep,allo --batch 4096,16384",
      description: "three strategies on two batches"
    }
  ])
)
