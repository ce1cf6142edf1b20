/** The command tree: the commands that some arguments name, or all of them. */
import { Effect, Schema } from "effect"
import { PluginSeconds } from "@moira/core"
import { Command, Flag, GlobalFlag } from "effect/cli"
import { commandNames, loadCommands, type MoiraCommand, wantedCommands } from "./command.ts"
import { installedCommandNames, loadInstalledCommands } from "./installed-commands.ts"

const root = Command.make("moira").pipe(
  Command.withDescription("Forecasts data movement in MoE inference and shows what acting on it is worth")
)

const group = "FROM INSTALLED PACKAGES"

/** A plug-in from outside may loop without end; Moira's own take the time that they need. */
const pluginTimeout = GlobalFlag.Setting("plugin-timeout")({
  flag: Flag.Finite("plugin-timeout").pipe(
    Flag.withDefault(60),
    Flag.withSchema(Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })))),
    Flag.withDescription("seconds that one call of a plug-in from outside may take; 60 when left out")
  )
})

/** What `moira` runs. */
export type Tree = MoiraCommand["command"]

/** A tree of built-in commands, and of those of packages below a heading of their own. */
export const treeOf = (
  builtIn: ReadonlyArray<MoiraCommand["command"]>,
  installed: ReadonlyArray<MoiraCommand["command"]>
): Tree =>
  root.pipe(
    Command.withSubcommands([...builtIn, ...(installed.length === 0 ? [] : [{ group, commands: installed }])]),
    Command.provideEffect(PluginSeconds, () => pluginTimeout),
    Command.withGlobalFlags([pluginTimeout])
  )

/** The tree for some arguments. A version is told without any command. */
export const appFor = Effect.fn("cli.app")(function* (args: ReadonlyArray<string>) {
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-v")) return root
  const builtIn = commandNames()
  const installed = yield* installedCommandNames(args, builtIn)
  const wanted = new Set(wantedCommands(args, [...builtIn, ...installed]))
  const ours = yield* Effect.promise(() => loadCommands(builtIn.filter((name) => wanted.has(name))))
  return treeOf(
    ours,
    yield* loadInstalledCommands(
      args,
      installed.filter((name) => wanted.has(name))
    )
  )
})
