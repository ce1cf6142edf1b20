// Writes the version of packages/core/package.json into its source, after changesets have raised it.
import { readFileSync, writeFileSync } from "node:fs"

const file = "packages/core/src/version.ts"
const { version } = JSON.parse(readFileSync("packages/core/package.json", "utf8"))
writeFileSync(
  file,
  readFileSync(file, "utf8").replace(/^export const version = ".*"$/m, `export const version = "${version}"`)
)
