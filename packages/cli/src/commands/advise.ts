import { isCountsStore, openCounts, storeLayer } from "@moira/trace/node"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as path from "node:path"
import { advise, adviseCounts } from "@moira/pipeline"
import { saveText } from "@moira/core/node"
import { listed } from "../command.ts"
import { adviceText } from "../terminal/advice-text.ts"
import { note, print } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { common, heldOutShare, seed, whole } from "../flags/shared.ts"

export default Command.make(
  "advise",
  {
    store: Argument.String("store").pipe(Argument.withDescription("directory of a store of traces or counts")),
    units: Flag.Int("units").pipe(
      Flag.filter(
        (units) => units >= 1 && units <= 1024,
        (units) => `expected 1 to 1024 units, got ${units}`
      ),
      Flag.withDescription("units (GPUs or dies) that share the experts of each layer")
    ),
    slots: whole("slots", 8, 0, 256).pipe(Flag.withDescription("most spare slots a unit to consider")),
    phase: Flag.Literals("phase", ["both", "prefill", "decode"]).pipe(
      Flag.withDefault("both" as const),
      Flag.withDescription("whose selections make the load")
    ),
    heldOut: heldOutShare,
    seed,
    out: Flag.String("out").pipe(Flag.optional, Flag.withDescription("directory for advice.json")),
    ...common
  },
  Effect.fnUntraced(function* ({ store, units, slots, phase, heldOut, seed: from, out, json, quiet }) {
    const options = { units, maxSlots: slots, phase, heldOutShare: heldOut, seed: from }
    const document = isCountsStore(store)
      ? yield* adviseCounts(yield* openCounts(store), store, options)
      : yield* withProgress(advise(options).pipe(Effect.provide(storeLayer(store))), quiet)
    const text = `${JSON.stringify(document, null, 1)}\n`
    if (Option.isSome(out)) {
      const file = path.join(out.value, "advice.json")
      yield* saveText(file, text)
      yield* note(`wrote ${file}`)
    }
    yield* print(json ? text : adviceText(document.advice))
  })
).pipe(
  Command.withDescription("Say whether to enable balancing: what spare slots for hot experts would gain, held out"),
  Command.withExamples([
    { command: "moira advise llama4.moira --units 8", description: "would expert replication on 8 GPUs pay?" }
  ]),
  listed(8)
)
