import { saveFile } from "@moira/core/node"
import { matrixFiles } from "@moira/pipeline"
import { isCountsStore, storeLayer } from "@moira/trace/node"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as path from "node:path"
import { listed } from "../command.ts"
import { analyzeDocument } from "../documents/patterns.ts"
import { common, heldOutShare, nameList, numberList, runnerFlags, seed, usualWorkers } from "../flags/shared.ts"
import { printExperiment, runShort } from "../runs/short-command.ts"
import { note } from "../terminal/output.ts"

export default Command.make(
  "analyze",
  {
    store: Argument.String("store").pipe(Argument.withDescription("directory of a store of traces or counts")),
    only: Flag.Literals("only", ["temporal", "spatial", "temporal,spatial"]).pipe(
      Flag.withDefault("temporal,spatial" as const),
      Flag.withDescription("which analyses to run")
    ),
    layers: numberList("layers", 0).pipe(
      Flag.optional,
      Flag.withDescription("layers to draw heatmaps and profiles of")
    ),
    heldOut: heldOutShare,
    seed,
    out: Flag.String("out").pipe(Flag.optional, Flag.withDescription("directory for analysis.json and the report")),
    matrices: Flag.String("matrices").pipe(
      Flag.optional,
      Flag.withDescription(
        "directory for the joint and conditional matrices of every layer, to the next MoE layer and the next token (.npy)"
      )
    ),
    ...runnerFlags(usualWorkers(4)),
    with: nameList("with").pipe(
      Flag.optional,
      Flag.withDescription(
        "analyses of one's own in the same pass: packages or paths; --out writes ID.json of each and reports them"
      )
    ),
    ...printExperiment,
    ...common
  },
  Effect.fnUntraced(function* ({
    store,
    out,
    matrices,
    workers,
    runner,
    json,
    quiet,
    printExperiment: shown,
    ...flags
  }) {
    const output = { out, json, quiet, printExperiment: shown, runner, workers }
    if (isCountsStore(store)) {
      if (Option.isSome(flags.layers))
        yield* note("--layers says which layers of a trace to draw; counts are analysed at all")
      if (Option.isSome(matrices)) yield* note("--matrices is for traces: counts do not say which experts follow which")
      if (Option.isSome(flags.with)) yield* note("--with is for traces: counts hold no requests and no tokens")
      const ofCounts = { ...flags, layers: Option.none(), with: Option.none() }
      return yield* runShort(analyzeDocument(store, ofCounts), output)
    }
    yield* runShort(analyzeDocument(store, flags), output)
    if (shown || Option.isNone(matrices)) return
    const save = (name: string, content: string | Uint8Array) => saveFile(path.join(matrices.value, name), content)
    const written = yield* matrixFiles(save, { phases: ["both", "prefill", "decode"] }).pipe(
      Effect.provide(storeLayer(store))
    )
    yield* note(`wrote ${written} joint and as many conditional matrices to ${matrices.value}`)
  })
).pipe(
  Command.withDescription(
    "Find the temporal and spatial patterns of a store: Ob1 to Ob5 of traces, Ob3 and Ob4 of counts"
  ),
  listed(6)
)
