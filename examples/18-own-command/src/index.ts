/**
 * Key concept: a command is an Effect command line with a contract; `moira` runs it by the name that its package gives it.
 *
 * [1] data goes to stdout, line by line; what people should know beside it goes to stderr.
 * [2] what fails says `where`, `what` and `hint`: that becomes one line and exit code 1. Stores fail so by themselves.
 * [3] its name is the one in package.json: `moira own-command`.
 */
import type { MoiraCommand } from "@moira/cli"
import { TraceStore } from "@moira/trace"
import { storeLayer } from "@moira/trace/node"
import { Console, Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"

/** Experts of one layer, most selected first, equal ones by number; holes of a trace are no expert. */
const hottest = (ids: Uint16Array, experts: number): ReadonlyArray<readonly [expert: number, selections: number]> => {
  const counts = Array.from({ length: experts }, () => 0)
  for (const id of ids) if (id < experts) counts[id]!++
  return [...counts.entries()].toSorted(([a, of], [b, than]) => than - of || a - b)
}

const tell = Effect.fnUntraced(function* (top: number) {
  const store = yield* TraceStore
  const { experts } = store.manifest.model
  if (top < 1 || top > experts)
    return yield* Effect.fail({ where: "--top", what: `${top} of ${experts} experts`, hint: `give 1 to ${experts}` }) // [2]
  yield* Console.log("layer,expert,selections") // [1]
  for (const layer of store.manifest.layers) {
    const { ids } = yield* store.read({ layer })
    for (const [expert, selections] of hottest(ids, experts).slice(0, top))
      yield* Console.log(`${layer},${expert},${selections}`)
  }
})

const command = Command.make(
  "own-command", // [3]
  {
    store: Argument.String("store").pipe(Argument.withDescription("directory of a store of traces")),
    top: Flag.Int("top").pipe(Flag.withDefault(8), Flag.withDescription("experts of each layer"))
  },
  ({ store, top }) => Effect.provide(tell(top), storeLayer(store))
).pipe(Command.withDescription("List the hottest experts of each layer as CSV"))

export default { contract: "command/v1", command } satisfies MoiraCommand
