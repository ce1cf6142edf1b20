/** The command tree: the commands that some arguments name, or all of them. */
import { Effect } from "effect"
import { Command } from "effect/cli"
import { commandNames, loadCommands, wantedCommands } from "./command.ts"

const root = Command.make("moira").pipe(
  Command.withDescription("Forecasts data movement in MoE inference and shows what acting on it is worth")
)

/** The tree for some arguments. A version is told without any command. */
export const appFor = Effect.fn("cli.app")(function* (args: ReadonlyArray<string>) {
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-v")) return root
  const names = wantedCommands(args, commandNames())
  return root.pipe(Command.withSubcommands(yield* Effect.promise(() => loadCommands(names))))
})
