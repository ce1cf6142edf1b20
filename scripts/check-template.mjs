// Makes a fresh backend from the template, type-checks and tests it, and removes it: a scaffold that CI never runs rots.
import { execFileSync } from "node:child_process"
import { existsSync, rmSync, symlinkSync } from "node:fs"
import { resolve } from "node:path"

const name = "fresh-copy-of-template"
const target = resolve("packages", name)
const run = (command, args, cwd) => execFileSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"] })

rmSync(target, { recursive: true, force: true })
try {
  run(process.execPath, ["scripts/new.mjs", "backend", name], ".")
  // The copy's dependencies are the template's; a link stands for the install that a contributor runs.
  symlinkSync(resolve("tooling/template-backend/node_modules"), resolve(target, "node_modules"))
  run("tsc", ["-p", "tsconfig.json"], target)
  run("vitest", ["run", "--root", target], target)
} finally {
  rmSync(target, { recursive: true, force: true })
}
if (existsSync(target)) process.exit(1)
