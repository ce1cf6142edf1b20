import { mergeStores } from "@moira/trace/node"
import { Argument, Command, Flag } from "effect/cli"
import { Effect } from "effect"
import { listed } from "../command.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { common } from "../flags/shared.ts"
import { reportStore } from "../terminal/stored-text.ts"

export default Command.make(
  "merge",
  {
    stores: Argument.String("store").pipe(
      Argument.variadic({ min: 1 }),
      Argument.withDescription("directories of stores of one model, in the order that their requests shall have")
    ),
    out: Flag.String("out").pipe(
      Flag.withDescription("directory of the store to write; it may be one of those merged, to append to it")
    ),
    ...common
  },
  Effect.fnUntraced(function* ({ stores, out, json, quiet }) {
    const manifest = yield* withProgress(mergeStores(stores, out), quiet)
    yield* reportStore(manifest, out, json)
  })
).pipe(
  Command.withDescription("Make one store of several of the same model"),
  Command.withExamples([
    { command: "moira merge monday.moira tuesday.moira --out week.moira", description: "two stores as one" },
    { command: "moira merge all.moira today.moira --out all.moira", description: "append to a store" }
  ]),
  listed(4)
)
