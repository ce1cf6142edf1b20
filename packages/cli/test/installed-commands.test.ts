/** Commands of installed packages, as users call them: in a project of its own, whose working directory says what is installed. */
import { assert, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import { afterAll, beforeAll } from "vitest"
import { inScratch, moira, moiraCommand, type Outcome, removeScratch } from "./moira.ts"

const here = process.cwd()
afterAll(() => {
  process.chdir(here)
  removeScratch()
})

const project = inScratch("project")

/** Says on stderr that it was loaded, so that a test sees who loads it. */
const commandOf = (name: string, contract = "command/v1") => `
  import { Effect } from ${JSON.stringify(import.meta.resolve("effect"))}
  import { Argument, Command } from ${JSON.stringify(import.meta.resolve("effect/cli"))}
  process.stderr.write("loaded ${name}\\n")
  const command = Command.make("${name}", { whom: Argument.String("whom") }, ({ whom }) =>
    whom === "nobody" ? Effect.fail({ where: whom, what: "is not there", hint: "name somebody" })
      : whom === "thrower" ? Effect.sync(() => { throw new Error("cannot greet") })
      : Effect.sync(() => console.log("${name} " + whom)))
  export default { contract: "${contract}", command: command.pipe(Command.withDescription("What ${name} does")) }`

const install = (name: string, brings: unknown, files: Readonly<Record<string, string>>): void => {
  const folder = `${project}/node_modules/${name}`
  fs.mkdirSync(folder, { recursive: true })
  const exports = Object.fromEntries(Object.keys(files).map((file) => [`./${file}`, `./${file}.js`]))
  fs.writeFileSync(`${folder}/package.json`, JSON.stringify({ name, type: "module", exports, moira: brings }))
  for (const [file, text] of Object.entries(files)) fs.writeFileSync(`${folder}/${file}.js`, text)
}

beforeAll(() => {
  install(
    "acme",
    { command: { greet: "./greet", report: "./report", misnamed: "./other", newer: "./newer", broken: "./broken" } },
    {
      greet: commandOf("greet"),
      report: commandOf("report"),
      other: commandOf("other"),
      newer: commandOf("newer", "command/v2"),
      broken: `throw new Error("no such thing")`
    }
  )
  fs.writeFileSync(`${project}/package.json`, JSON.stringify({ dependencies: { acme: "1.0.0" } }))
  process.chdir(project)
})

/** A process of its own, which shows what is loaded. */
const started = (...args: ReadonlyArray<string>): Promise<Outcome> =>
  new Promise((resolve) => {
    const [node, argv] = moiraCommand(args)
    execFile(node, argv, { cwd: project }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    )
  })

it("runs one by name, with words that are names of other commands", async () => {
  for (const whom of ["world", "info"])
    assert.deepStrictEqual(await started("greet", whom), {
      code: 0,
      stdout: `greet ${whom}\n`,
      stderr: "loaded greet\n"
    })
})

it("lists them below a heading of their own, with what is wrong with one", async () => {
  const { code, stdout } = await moira("--help")
  assert.strictEqual(code, 0)
  const [ours = "", theirs = ""] = stdout.split("FROM INSTALLED PACKAGES:\n")
  assert.match(ours, /^ {2}report +Turn results/m)
  assert.deepStrictEqual(
    theirs.match(/^ {2}\w+ .*$/gm)?.map((line) => line.trim().replaceAll(/ {2,}/g, ": ")),
    [
      "broken: cannot be used: cannot be imported: no such thing",
      "greet: What greet does",
      "misnamed: cannot be used: its command is called other, and its package brings it as misnamed",
      "newer: cannot be used: is command/v2; this Moira reads command/v1"
    ]
  )
})

it("never replaces a built-in command, and loads nothing of a package for one", async () => {
  const { code, stdout, stderr } = await started("report", "--help")
  assert.deepStrictEqual([code, stderr], [0, ""])
  assert.include(stdout, "Turn results into files")
  for (const args of [["--version"], ["info", "--help"]]) assert.strictEqual((await started(...args)).stderr, "")
})

it("tells in one line what one fails with, what it throws, and why it cannot be used", async () => {
  const lines: ReadonlyArray<readonly [ReadonlyArray<string>, number, RegExp]> = [
    [["greet", "nobody"], 1, /(?:^|\n)moira: nobody: is not there; hint: name somebody\n$/],
    [["greet", "thrower"], 1, /(?:^|\n)moira: command \(file:.*greet\.js\): throws Error: cannot greet; hint: .*\n$/],
    [["greet"], 2, /(?:^|\n)moira: Missing required argument: whom; hint: see moira greet --help\n$/],
    [["broken", "x"], 1, /^moira: file:.*broken\.js: cannot be imported: no such thing; hint: .*\n$/],
    [["misnamed", "x"], 1, /(?:^|\n)moira: file:.*other\.js: its command is called other, .*; hint: .*\n$/],
    [["newer", "x"], 1, /(?:^|\n)moira: file:.*newer\.js: is command\/v2; this Moira reads command\/v1; hint: .*\n$/],
    [["gret", "x"], 2, /(?:^|\n)moira: Unknown subcommand "gret" for "moira" Did you mean this\? greet; hint: .*\n$/]
  ]
  for (const [args, code, line] of lines) {
    const done = await moira(...args)
    assert.match(done.stderr, line, args.join(" "))
    assert.deepStrictEqual([done.code, done.stdout], [code, ""], args.join(" "))
  }
})
