// Makes one plug-in of every kind, type-checks, builds, lints and tests it, finds it by name, and removes it: a scaffold that CI
// never runs rots. `node scripts/check-template.mjs [KIND ...]`; works on a copy of package.json and lockfile.
import { execFileSync } from "node:child_process"
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { kindFolders } from "./kinds/examples.mjs"

const wanted = process.argv.slice(2)
const kinds = kindFolders()
  .map((folder) => folder.replace(/^.*-own-/, ""))
  .filter((kind) => wanted.length === 0 || wanted.includes(kind))
const run = (command, args, options = {}) =>
  execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"], ...options })

const kept = mkdtempSync(join(tmpdir(), "moira-new-"))
const files = ["package.json", "pnpm-lock.yaml"]
for (const file of files) copyFileSync(file, join(kept, file))
const names = kinds.map((kind) => `demo-${kind}`)
const folders = names.map((name) => join("packages", name))
try {
  for (const [i, kind] of kinds.entries()) run(process.execPath, ["scripts/new.mjs", kind, names[i]])
  for (const folder of folders) {
    run("tsc", ["-p", "tsconfig.json"], { cwd: folder })
    run(join("node_modules", ".bin", "tsup"), ["--silent"], { cwd: folder })
  }
  run("turbo", ["boundaries"], { stdio: ["ignore", "ignore", "inherit"] })
  run(process.execPath, ["scripts/audit.mjs"])
  run("oxlint", ["--type-aware", "--deny-warnings", ...folders])
  run("vitest", ["run", ...names.flatMap((name) => ["--project", name])])
  run(process.execPath, ["--conditions=@moira/source", "packages/core/scripts/found-by-name.mjs", ...kinds])
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  for (const file of files) copyFileSync(join(kept, file), file)
  rmSync(kept, { recursive: true, force: true })
  const { packageManager } = JSON.parse(readFileSync("package.json", "utf8"))
  run("npx", ["--yes", packageManager, "install", "--frozen-lockfile"], {
    stdio: "ignore"
  })
}
console.log(`new: ${kinds.length} kinds made, tested, found by name and removed`)
