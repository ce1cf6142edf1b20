/** What a command loads, and what starting does without. */
import { assert, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { Command } from "effect/cli"
import { afterAll } from "vitest"
import { commandNames, type ListedCommand, loadCommands, wantedCommands } from "../src/command.ts"
import { inScratch, moiraCommand, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const commands = fileURLToPath(new URL("../src/commands/", import.meta.url))

/** Tells in a file, when the process ends, which modules it loaded. */
const telling = (file: string): string =>
  `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from "node:module"
    import { writeFileSync } from "node:fs"
    const urls = []
    registerHooks({ load: (url, context, next) => { urls.push(url); return next(url, context) } })
    process.on("exit", () => writeFileSync(${JSON.stringify(file)}, urls.join("\\n")))
  `)}`

interface Started {
  readonly stdout: string
  /** Packages that modules were loaded of. */
  readonly packages: ReadonlySet<string>
  /** Files of `commands/` that were loaded. */
  readonly commands: ReadonlyArray<string>
}

const start = async (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}): Promise<Started> => {
  const file = inScratch(`${args.join("_").replaceAll(/\W+/g, "-")}.txt`)
  const [node, argv] = moiraCommand(args)
  const { stdout } = await promisify(execFile)(node, [`--import=${telling(file)}`, ...argv], {
    env: { ...process.env, ...env }
  })
  const urls = fs.readFileSync(file, "utf8").split("\n")
  const packageOf = (url: string) =>
    /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? /\/packages\/([^/]+)\/src\//.exec(url)?.[1]
  return {
    stdout,
    packages: new Set(urls.flatMap((url) => packageOf(url) ?? [])),
    commands: urls.flatMap((url) => /\/cli\/src\/commands\/(.+)\.ts$/.exec(url)?.[1] ?? []).toSorted()
  }
}

const drawing = ["linkedom", "@observablehq/plot", "cssomnom", "d3", "fast-png"]
const heavy = [...drawing, "highs", "@huggingface/hub"]

it("tells its version without commands, and without the packages that they are made of", async () => {
  const { stdout, packages, commands: loaded } = await start(["--version"])
  assert.match(stdout, /^moira v\d+\.\d+\.\d+\n$/)
  assert.deepStrictEqual(loaded, [])
  const allowed = [
    "cli",
    "core",
    "@noble/hashes",
    "resolve.exports",
    "trace",
    "effect",
    /^@effect\/platform-node/,
    /^hyparquet/
  ]
  for (const name of packages)
    assert.isTrue(
      allowed.some((one) => (typeof one === "string" ? one === name : one.test(name))),
      `${name} is loaded to tell the version`
    )
})

it("loads the command asked for and no other, and draws nothing for it", async () => {
  for (const name of ["info", "report", "reproduce"]) {
    const { packages, commands: loaded } = await start([name, "--help"])
    assert.deepStrictEqual(loaded, [name])
    for (const one of heavy) assert.isFalse(packages.has(one), `${name} loads ${one}`)
  }
})

it("lists all commands without what draws and solves", async () => {
  const { stdout, packages, commands: loaded } = await start(["--help"])
  for (const one of heavy) assert.isFalse(packages.has(one), `--help loads ${one}`)
  const listed = [...stdout.split("SUBCOMMANDS")[1]!.matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name = ""]) => name)
  assert.deepStrictEqual(listed, [
    ..."fetch ingest synth merge info model check analyze insights advise forecast place simulate".split(" "),
    ..."run sweep compare verify offload reproduce report demo".split(" ")
  ])
  assert.deepStrictEqual(loaded, listed.toSorted())
})

it("finds a command in every file of the folder, under the file's name and in a place of its own", async () => {
  const names = commandNames()
  assert.deepStrictEqual(
    [...names].toSorted(),
    fs
      .readdirSync(commands)
      .map((file) => file.replace(/\.ts$/, ""))
      .toSorted()
  )
  const loaded = await loadCommands(names)
  assert.isTrue(loaded.every(Command.isCommand))
  assert.deepStrictEqual(loaded.map(({ name }): string => name).toSorted(), [...names].toSorted())
  const orders = await Promise.all(
    names.map(
      async (name) => ((await import(`${commands}${name}.ts`)) as { readonly default: ListedCommand }).default.order
    )
  )
  assert.strictEqual(new Set(orders).size, names.length)
})

it("wants every command that a word may name, and all where none does", () => {
  const names = ["info", "ingest", "synth"]
  assert.deepStrictEqual(wantedCommands(["info", "x.moira"], names), ["info"])
  assert.deepStrictEqual(wantedCommands(["--log-level", "info", "synth"], names), ["info", "synth"])
  for (const all of [[], ["--help"], ["inf"], ["--completions", "bash"], ["--completions=zsh", "info"]])
    assert.deepStrictEqual(wantedCommands(all, names), names)
})

it("keeps compiled code in the user's cache folder, and starts where there can be none", async () => {
  const cache = inScratch("cache")
  await start(["--version"], { XDG_CACHE_HOME: cache })
  assert.isNotEmpty(fs.readdirSync(`${cache}/moira`))
  fs.writeFileSync(inScratch("file"), "")
  for (const nowhere of ["/proc/nope", inScratch("file"), inScratch("no", "such"), "relative"]) {
    const { stdout } = await start(["--version"], { XDG_CACHE_HOME: nowhere })
    assert.match(stdout, /^moira v/, nowhere)
    assert.isFalse(fs.existsSync(nowhere) && fs.statSync(nowhere).isDirectory(), nowhere)
  }
})
