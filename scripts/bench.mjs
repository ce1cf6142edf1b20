// Runs the benchmarks of all packages and those across packages in scripts/bench, or those whose path contains one of the words given: `pnpm bench ingest`.
import { globSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const wanted = process.argv.slice(2)
const files = globSync(["packages/*/bench/*.bench.ts", "scripts/bench/*/*.bench.ts"], { cwd: root }).toSorted()
const chosen = files.filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)))
if (chosen.length === 0) {
  console.error(`no benchmark matches ${wanted.join(", ")}; there are\n${files.join("\n")}`)
  process.exit(2)
}
for (const file of chosen) await import(resolve(root, file))
