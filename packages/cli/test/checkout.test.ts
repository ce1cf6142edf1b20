/** `npm run moira` of a checkout, on a small one with a command that says which it is and where it stands. */
import { assert, it } from "@effect/vitest"
import { execFileSync, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeEach } from "vitest"
import { inScratch, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const repository = fileURLToPath(new URL("../../../", import.meta.url))
const root = inScratch("checkout")
const at = (file: string): string => path.join(root, file)

const write = (file: string, text: string): void => {
  fs.mkdirSync(path.dirname(at(file)), { recursive: true })
  fs.writeFileSync(at(file), text)
}

/** A command that tells what it is; it ends with the code that it is asked for. */
const telling = (from: string): string =>
  `console.log(JSON.stringify({ from: "${from}", stands: process.cwd(), args: process.argv.slice(2) }))
   process.exit(process.argv[2] === "fail" ? 3 : 0)`

/** The scripts of the repository, installed on this very Node; everything was made before what was built. */
const makeCheckout = (): void => {
  fs.rmSync(root, { recursive: true, force: true })
  const { scripts } = JSON.parse(fs.readFileSync(path.join(repository, "package.json"), "utf8")) as { scripts: object }
  const node = process.versions.node
  write("package.json", JSON.stringify({ private: true, type: "module", scripts, optionalDependencies: { node } }))
  write("pnpm-workspace.yaml", "")
  write("pnpm-lock.yaml", "")
  const stamp = createHash("sha256").update(fs.readFileSync(at("package.json")))
  write("node_modules/.setup-stamp", stamp.digest("hex"))
  for (const script of ["moira.mjs", "setup.mjs"])
    write(`scripts/${script}`, fs.readFileSync(path.join(repository, "scripts", script), "utf8"))
  write("packages/cli/package.json", "{}")
  write("packages/cli/src/bin.ts", telling("sources"))
  write("packages/cli/dist/bin.js", telling("built"))
  write("packages/trace/package.json", "{}")
  write("packages/trace/src/parts/ids.ts", "")
  write("packages/trace/src/parts/rows.ts", "")
  write("traces/of/mine.json", "")
  const before = new Date(Date.now() - 60_000)
  for (const file of fs.readdirSync(root, { recursive: true }) as ReadonlyArray<string>)
    fs.utimesSync(at(file), before, before)
  const now = new Date()
  fs.utimesSync(at("packages/cli/dist/bin.js"), now, now)
}

beforeEach(makeCheckout)

interface Told {
  readonly from: "sources" | "built"
  readonly stands: string
  readonly args: ReadonlyArray<string>
}

const later = (file: string): void => {
  const soon = new Date(Date.now() + 60_000)
  fs.utimesSync(at(file), soon, soon)
}

const env = { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env["PATH"]}` }

const told = (command: string, args: ReadonlyArray<string>, cwd = root): Told =>
  JSON.parse(execFileSync(command, args, { cwd, encoding: "utf8", env, stdio: ["ignore", "pipe", "inherit"] })) as Told

const direct = (...args: ReadonlyArray<string>): Told => told(process.execPath, [at("scripts/moira.mjs"), ...args])

it("runs from where the user stands, wherever npm runs scripts", () => {
  const traces = fs.realpathSync(at("traces/of"))
  assert.deepStrictEqual(told("npm", ["run", "-s", "moira", "--", "info", "mine.json"], traces), {
    from: "built",
    stands: traces,
    args: ["info", "mine.json"]
  })
  fs.rmSync(at("packages/cli/dist"), { recursive: true })
  assert.deepStrictEqual(told("npm", ["run", "-s", "demo", "--", "--json"], traces), {
    from: "sources",
    stands: traces,
    args: ["demo", "--json"]
  })
})

it("runs what was built while nothing that it was made of has changed", () => {
  assert.strictEqual(direct().from, "built")
  for (const file of ["packages/trace/src/parts/ids.ts", "packages/trace/package.json", "pnpm-lock.yaml"]) {
    makeCheckout()
    later(file)
    assert.strictEqual(direct().from, "sources", file)
  }
  makeCheckout()
  fs.rmSync(at("packages/trace/src/parts/rows.ts"))
  later("packages/trace/src/parts")
  assert.strictEqual(direct().from, "sources", "a file that went")
})

it("ends with the code of the command", () => {
  for (const from of ["built", "sources"]) {
    if (from === "sources") later("packages/cli/src/bin.ts")
    const { status } = spawnSync(process.execPath, [at("scripts/moira.mjs"), "fail"], { cwd: root, env })
    assert.strictEqual(status, 3, from)
  }
})
