/** Every built-in command, by the kit; and the kit, by commands that are wrong. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { commandContract, commandNames, type ListedCommand, type MoiraCommand } from "../src/command.ts"
import { commandChecks, commandConformance } from "../src/testing.ts"

for (const name of commandNames()) {
  const { default: command } = (await import(`../src/commands/${name}.ts`)) as { readonly default: ListedCommand }
  commandConformance(name, command)
}

let calls = 0
const say = (text: string) => Effect.sync(() => void process.stdout.write(text))
const sum = (handler: (of: number) => Effect.Effect<unknown, unknown>, description = "Add one"): MoiraCommand => ({
  contract: commandContract,
  command: Command.make("sum", { of: Flag.Int("of") }, ({ of }) => handler(of)).pipe(
    Command.withDescription(description)
  )
})
const right = sum((of) =>
  of < 0 ? Effect.fail({ where: "--of", what: `is ${of}`, hint: "give a number from 0 on" }) : say(`${of + 1}\n`)
)

const wrong: ReadonlyArray<readonly [name: string, command: MoiraCommand, check: string]> = [
  ["has another contract", { ...right, contract: "command/v2" as "command/v1" }, "is a command of the contract"],
  ["is no command", { ...right, command: {} as MoiraCommand["command"] }, "is a command of the contract"],
  ["does not say what it does", sum(() => say("2\n"), ""), "says in one line"],
  ["says it in two lines", sum(() => say("2\n"), "Add\none"), "says in one line"],
  ["writes something else", sum((of) => say(`${of}\n`)), "--of 1: writes"],
  ["writes something else when called again", sum(() => say(`2\n${calls++}`)), "--of 1: writes"],
  ["fails", sum(() => Effect.fail({ where: "a", what: "b", hint: "c" })), "--of 1: writes"],
  ["takes what is wrong", sum((of) => say(`${of + 1}\n`)), "--of -1: is refused"],
  [
    "writes before it refuses",
    sum((of) =>
      Effect.andThen(
        say(`${of + 1}\n`),
        of < 0 ? Effect.fail({ where: "--of", what: "is -1", hint: "no" }) : Effect.void
      )
    ),
    "--of -1: is refused"
  ],
  ["throws", sum((of) => (of < 0 ? Effect.die(new Error("no")) : say("2\n"))), "--of -1: is refused"],
  ["fails without a hint", sum((of) => (of < 0 ? Effect.fail(new Error("no")) : say("2\n"))), "--of -1: is refused"]
]

const checksOf = (command: MoiraCommand, name = "sum") =>
  commandChecks(name, command, {
    done: [{ args: ["--of", "1"], stdout: /^2\n/ }],
    refused: [{ args: ["--of", "-1"], stderr: /--of: is -1/ }]
  })

/** Names of the checks that fail, one after the other since they share the streams. */
const failing = (command: MoiraCommand, name?: string) =>
  Effect.gen(function* () {
    const failed: Array<string> = []
    for (const { name: check, run } of checksOf(command, name))
      if ((yield* Effect.exit(run))._tag === "Failure") failed.push(check)
    return failed
  })

it.effect("the kit finds nothing wrong with a command that is right", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* failing(right), [])
  })
)

it.effect.each(wrong)("the kit finds a command that %s", ([, command, check]) =>
  Effect.gen(function* () {
    const failed = yield* failing(command)
    assert.isTrue(
      failed.some((one) => one.startsWith(check)),
      `found only: ${failed.join("; ")}`
    )
  })
)

it.effect("the kit finds a command under another name than its own, and one that would replace a built-in", () =>
  Effect.gen(function* () {
    assert.match((yield* failing(right, "add")).join(), /^is a command of the contract/)
    const report: MoiraCommand = { ...right, command: Command.make("report").pipe(Command.withDescription("Mine")) }
    assert.isTrue((yield* failing(report, "report")).some((check) => check.startsWith("is a built-in command")))
  })
)
