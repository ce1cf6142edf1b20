import { insightsDocument } from "@moira/report/insights"
import { isCountsStore, storeLayer } from "@moira/trace/node"
import { StoreError } from "@moira/trace"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as path from "node:path"
import { analyse, spatial, temporal } from "@moira/pipeline"
import { Runner } from "@moira/core"
import { saveText } from "@moira/core/node"
import { documentText } from "@moira/results"
import { listed } from "../command.ts"
import { insightsText } from "../terminal/insights-text.ts"
import { tellInputWarnings } from "../terminal/input-warnings.ts"
import { note, print } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { common, heldOutShare, runnerFlags, seed, usualWorkers } from "../flags/shared.ts"

export default Command.make(
  "insights",
  {
    store: Argument.String("store").pipe(Argument.withDescription("directory of a store of traces")),
    units: Flag.Int("units").pipe(
      Flag.filter(
        (units) => units >= 2 && units <= 1024,
        (units) => `expected 2 to 1024 units, got ${units}`
      ),
      Flag.optional,
      Flag.withDescription("units (GPUs or dies) that placement is judged for; 8 and 25 when left out")
    ),
    heldOut: heldOutShare,
    seed,
    out: Flag.String("out").pipe(Flag.optional, Flag.withDescription("directory for insights.json")),
    ...runnerFlags(usualWorkers(4)),
    ...common
  },
  Effect.fnUntraced(function* ({ store, units, heldOut, seed: from, out, workers, runner, json, quiet }) {
    if (isCountsStore(store)) {
      return yield* new StoreError({
        reason: "NotAStore",
        where: store,
        what: "counts hold no requests and no tokens, which insights are judged on",
        hint: "ask `moira advise` whether balancing pays, or ingest traces"
      })
    }
    const [analysis] = yield* withProgress(
      analyse({
        analyses: [temporal, spatial],
        heldOutShare: heldOut,
        seed: from
      }).pipe(Effect.provide([storeLayer(store), Runner.named(runner, workers)])),
      quiet
    )
    yield* tellInputWarnings(analysis)
    const document = insightsDocument(analysis, Option.isSome(units) ? [units.value] : undefined)
    const text = documentText(document)
    if (Option.isSome(out)) {
      const file = path.join(out.value, "insights.json")
      yield* saveText(file, text)
      yield* note(`wrote ${file}`)
    }
    yield* print(json ? text : insightsText(document))
  })
).pipe(Command.withDescription("Judge the study's six insights on a trace, and say what follows in numbers"), listed(7))
