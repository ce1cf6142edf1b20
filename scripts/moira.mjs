// The command of a checkout, `npm run -s moira -- COMMAND ...`: what was built where nothing changed since, the sources otherwise.
// Paths are relative to where the user stands; npm runs scripts where package.json lies, and tells in INIT_CWD where that is.
import { spawn } from "node:child_process"
import { existsSync, readdirSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { node } from "./setup.mjs"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const built = join(root, "packages", "cli", "dist", "bin.js")
const source = join(root, "packages", "cli", "src", "bin.ts")

const changedAt = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0)

/** When a folder or anything in it changed last; a folder changes when one of its files comes or goes. */
const lastChange = (folder) =>
  existsSync(folder)
    ? Math.max(
        changedAt(folder),
        ...readdirSync(folder, { recursive: true }).map((file) => changedAt(join(folder, file)))
      )
    : 0

/** Whether what was built is newer than all that it was made of. */
const isBuilt = () => {
  const since = changedAt(built)
  if (since === 0) return false
  const packages = readdirSync(join(root, "packages")).map((name) => join(root, "packages", name))
  const files = [
    ...["package.json", "pnpm-lock.yaml"].map((file) => join(root, file)),
    ...packages.flatMap((folder) => ["package.json", "tsup.config.ts"].map((file) => join(folder, file)))
  ]
  return (
    files.every((file) => changedAt(file) < since) &&
    packages.every((folder) => lastChange(join(folder, "src")) < since)
  )
}

const { INIT_CWD: stands, npm_lifecycle_event: script } = process.env
if (stands !== undefined && ["moira", "demo"].includes(script)) process.chdir(stands)

const isFresh = isBuilt()
if (isFresh && node === process.execPath) {
  process.argv[1] = built // the program that runs, whose package brings plug-ins
  await import(pathToFileURL(built).href)
} else {
  const file = isFresh ? [built] : ["--conditions=@moira/source", source]
  const child = spawn(node, [...file, ...process.argv.slice(2)], { stdio: "inherit", shell: node.endsWith(".cmd") })
  // A terminal interrupts the child too; what is sent to this process alone is passed on.
  process.on("SIGINT", () => {})
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
  child.on("exit", (code) => process.exit(code ?? 1))
}
