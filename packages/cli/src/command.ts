/** The seam to commands: what a file of `commands/` gives, and how those that a command line names are found. */
import type { NodeServices } from "@effect/platform-node/NodeServices"
import type { Plugins } from "@moira/core"
import type { Command } from "effect/cli"
import * as fs from "node:fs"

/** A command and its place in `moira --help`. */
export interface ListedCommand {
  readonly order: number
  readonly command: Command.Command<string, never, {}, unknown, NodeServices | Plugins>
}

/** The last step of a command: its place in `moira --help`, least first. A file of `commands/` exports the result by default. */
export const listed =
  (order: number) =>
  <Name extends string, Input, Fault>(
    command: Command.Command<Name, Input, {}, Fault, NodeServices | Plugins>
  ): ListedCommand => ({ order, command: command as unknown as ListedCommand["command"] })

const folder = new URL("./commands/", import.meta.url)

/** Names of all commands: each is a file of `commands/`. */
export const commandNames = (): ReadonlyArray<string> =>
  fs.readdirSync(folder).flatMap((file) => /^([^.]+)\.(?:ts|js)$/.exec(file)?.[1] ?? [])

/**
 * Names of the commands that some arguments can be about: every word that is one, since only the parser knows which of them
 * is the value of a flag; all where no word is one, for their list and their nearest names; all where completions are asked for.
 */
export const wantedCommands = (args: ReadonlyArray<string>, names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const named = names.filter((name) => args.includes(name))
  return named.length === 0 || args.some((arg) => arg.startsWith("--completions")) ? names : named
}

/** Loads commands, in the order of `moira --help`. */
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
