// Makes a fresh clone ready to run: needs only Node >= 18 and npm on the machine.
// Installs with the pnpm version pinned in package.json and does nothing when that install is current.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const windows = process.platform === "win32"
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const stamp = join(root, "node_modules", ".setup-stamp")

const hash = createHash("sha256")
for (const file of ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml"])
  hash.update(readFileSync(join(root, file)))
const wanted = hash.digest("hex")
const current = existsSync(stamp) ? readFileSync(stamp, "utf8") : ""

const run = (command, args, options) => spawnSync(command, args, { cwd: root, shell: windows, ...options })

if (current !== wanted) {
  console.error(`Installing dependencies with ${manifest.packageManager} ...`)
  const env = { ...process.env, CI: process.env.CI ?? "1" }
  const { status } = run("npx", ["--yes", manifest.packageManager, "install", "--frozen-lockfile"], {
    env,
    stdio: ["ignore", 2, 2]
  })
  if (status !== 0) process.exit(status ?? 1)
  writeFileSync(stamp, wanted)
}

// The pinned Node of node_modules/.bin comes first on PATH in every npm and pnpm script.
const pinned = join(root, "node_modules", ".bin", windows ? "node.cmd" : "node")
const isPinned = process.version === `v${manifest.optionalDependencies.node}`
/** The Node to run Moira with. */
export const node = isPinned || !existsSync(pinned) ? process.execPath : pinned
const version = isPinned ? process.version : run(node, ["--version"], { encoding: "utf8" }).stdout.trim()
const [major = 0, minor = 0] = version.slice(1).split(".").map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `Node ${version} is too old: Node 22.19 or newer is needed, and none could be installed for ${process.platform}-${process.arch}.`
  )
  process.exit(1)
}
