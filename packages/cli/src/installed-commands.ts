/** Commands of installed packages: found only where no built-in one is asked for, so that those start as fast as without. */
import { PluginError, Plugins } from "@moira/core"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { commandKind, type MoiraCommand } from "./command.ts"

/** Names of commands that installed packages bring. A built-in one is never replaced. */
export const installedCommandNames = (
  args: ReadonlyArray<string>,
  builtIn: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>, never, Plugins> =>
  builtIn.includes(args[0] ?? "")
    ? Effect.succeed([])
    : Plugins.use((plugins) => Effect.sync(() => plugins.names(commandKind).filter((name) => !builtIn.includes(name))))

const load = Effect.fnUntraced(function* (name: string) {
  const plugins = yield* Plugins
  const { plugin, module } = yield* plugins.load(commandKind, name)
  if (plugin.command.name === name) return plugin.command
  return yield* new PluginError({
    reason: "NotThisKind",
    where: module,
    what: `its command is called ${plugin.command.name}, and its package brings it as ${name}`,
    hint: `call the command ${name}, or name it in package.json: "moira": { "command": { "${plugin.command.name}": ... } }`
  })
})

/** What stands in a list for a command that does not load; called, it fails with why. */
const broken = (name: string, error: PluginError): MoiraCommand["command"] =>
  Command.make(name, {}, () => Effect.fail(error)).pipe(Command.withDescription(`cannot be used: ${error.what}`))

/** Loads commands by name. One that does not load fails if it is asked for, and does not take the others from a list. */
export const loadInstalledCommands = (
  args: ReadonlyArray<string>,
  names: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<MoiraCommand["command"]>, PluginError, Plugins> =>
  Effect.forEach(names, (name) =>
    load(name).pipe(
      Effect.catch((error) => (args[0] === name ? Effect.fail(error) : Effect.succeed(broken(name, error))))
    )
  )
