/** What every command must do, as checks: it is named, described, helps, refuses what it does not know, and keeps its word. */
import { assert } from "@effect/vitest"
import { type Check, registerChecks } from "@moira/core/testing"
import { Effect } from "effect"
import { commandContract, commandKind, commandNames, type MoiraCommand } from "../command.ts"
import { exitCodes } from "../terminal/fault.ts"
import { runCommand } from "./run-captured.ts"

/** Calls of a command and what they must come to; arguments without the command's own name. */
export interface CommandCalls {
  /** Calls that succeed: text or a pattern of their stdout, the same bytes when called again. */
  readonly done?: ReadonlyArray<{ readonly args: ReadonlyArray<string>; readonly stdout: string | RegExp }>
  /** Calls with wrong input: exit code 1 and one line on stderr, of this pattern. */
  readonly refused?: ReadonlyArray<{ readonly args: ReadonlyArray<string>; readonly stderr: RegExp }>
}

const check = (name: string, run: () => void | Promise<void>): Check => ({
  name,
  run: Effect.promise(async () => run())
})

const matches = (text: string, wanted: string | RegExp): void =>
  typeof wanted === "string" ? assert.strictEqual(text, wanted) : assert.match(text, wanted)

const identity = (name: string, plugin: MoiraCommand): ReadonlyArray<Check> => [
  check("is a command of the contract, under the name that it is found by", () => {
    assert.strictEqual(plugin.contract, commandContract)
    assert.isTrue(commandKind.is(plugin), `is no command of ${commandContract}`)
    assert.match(name, /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, "its name is not kebab-case")
    assert.strictEqual(plugin.command.name, name)
  }),
  check("is a built-in command, or has a name that none of them has", () => {
    assert.isTrue(
      "order" in plugin || !commandNames().includes(name),
      `${name} is a command of Moira, which is run instead`
    )
  }),
  check("says in one line what it does", () =>
    assert.match(plugin.command.description ?? "", /^\S.*\S$/, "its description is not one line")
  )
]

const usage = ({ command }: MoiraCommand): ReadonlyArray<Check> => [
  check("helps on stdout", async () => {
    const { code, stdout, stderr } = await runCommand(command, ["--help"])
    assert.deepStrictEqual([code, stderr], [0, ""])
    assert.include(stdout, `moira ${command.name}`)
    assert.include(stdout.replaceAll(/\s+/g, " "), (command.description ?? "").replaceAll(/\s+/g, " "))
  }),
  check("refuses a flag that it does not know, in one line", async () => {
    const { code, stdout, stderr } = await runCommand(command, ["--no-such-flag-of-any-command"])
    assert.deepStrictEqual([code, stdout], [exitCodes.usage, ""])
    assert.match(stderr, /^moira: [^\n]*--no-such-flag-of-any-command[^\n]*\n$/)
  })
]

const calls = ({ command }: MoiraCommand, { done = [], refused = [] }: CommandCalls): ReadonlyArray<Check> => [
  ...done.map(({ args, stdout: wanted }) =>
    check(`${args.join(" ")}: writes what was asked for, and the same again`, async () => {
      const { code, stdout, stderr } = await runCommand(command, args)
      assert.strictEqual(code, 0, stderr)
      matches(stdout, wanted)
      assert.strictEqual((await runCommand(command, args)).stdout, stdout, "other bytes when called again")
    })
  ),
  ...refused.map(({ args, stderr: wanted }) =>
    check(`${args.join(" ")}: is refused in one line, with nothing on stdout`, async () => {
      const { code, stdout, stderr } = await runCommand(command, args)
      assert.deepStrictEqual([code, stdout], [exitCodes.wrongInput, ""], stderr)
      assert.match(stderr, /^moira: [^\n]*; hint: [^\n]*\n$/)
      assert.match(stderr, wanted)
    })
  )
]

/** All checks of a command that is found by this name. */
export const commandChecks = (name: string, plugin: MoiraCommand, of: CommandCalls = {}): ReadonlyArray<Check> => [
  ...identity(name, plugin),
  ...usage(plugin),
  ...calls(plugin, of)
]

/** Registers the checks of a command as tests. They run in this process, one after the other, since they share its streams. */
export const commandConformance = (name: string, plugin: MoiraCommand, of: CommandCalls = {}): void =>
  registerChecks(`command ${name}`, commandChecks(name, plugin, of))
