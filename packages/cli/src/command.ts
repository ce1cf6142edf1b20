/** The seam to commands: what a built-in or an installed one is, and which of them a command line needs. */
import type { NodeServices } from "@effect/platform-node/NodeServices"
import { pluginKind, type Plugins } from "@moira/core"
import { builtinNames } from "@moira/core/node"
import { Predicate } from "effect"
import { Command } from "effect/cli"

/** Version of the contract of commands. */
export const commandContract = "command/v1"

/**
 * A command of `moira`: a file of `commands/`, or what an installed package brings (`"moira": { "command": "." }`). The command
 * is called as it is found: by its file, or by its package. It writes data to stdout and everything else to stderr; what it
 * fails with says `where`, `what` and `hint`, and becomes one line with exit code 1.
 */
export interface MoiraCommand {
  readonly contract: typeof commandContract
  readonly command: Command.Command<any, any, {}, unknown, NodeServices | Plugins>
}

/** Finds commands by name: the files of `commands/`, and those of installed packages. */
export const commandKind = pluginKind<MoiraCommand>({
  name: "command",
  contract: commandContract,
  home: "@moira/cli/commands",
  from: import.meta.url,
  is: (value): value is MoiraCommand =>
    Predicate.hasProperty(value, "contract") &&
    value.contract === commandContract &&
    Predicate.hasProperty(value, "command") &&
    Command.isCommand(value.command)
})

/** A built-in command and its place in `moira --help`. */
export interface ListedCommand extends MoiraCommand {
  readonly order: number
}

/** The last step of a built-in command: its place in `moira --help`, least first. Its file exports the result by default. */
export const listed =
  (order: number) =>
  (command: MoiraCommand["command"]): ListedCommand => ({ contract: commandContract, order, command })

const folder = new URL("./commands/", import.meta.url)

/** Names of all built-in commands: each is a file of `commands/`. */
export const commandNames = (): ReadonlyArray<string> => builtinNames(commandKind)

/**
 * Names of the commands that some arguments can be about: every word that is one, since only the parser knows which of them
 * is the value of a flag; all where no word is one, for their list and their nearest names; all where completions are asked for.
 */
export const wantedCommands = (args: ReadonlyArray<string>, names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const named = names.filter((name) => args.includes(name))
  return named.length === 0 || args.some((arg) => arg.startsWith("--completions")) ? names : named
}

/** Loads built-in commands, in the order of `moira --help`. */
export const loadCommands = async (names: ReadonlyArray<string>): Promise<ReadonlyArray<ListedCommand["command"]>> => {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js"
  const loaded = await Promise.all(
    names.map(
      (name) => import(new URL(`${name}.${extension}`, folder).href) as Promise<{ readonly default: ListedCommand }>
    )
  )
  return loaded
    .map((module) => module.default)
    .toSorted((a, b) => a.order - b.order)
    .map(({ command }) => command)
}
