// `version` of @moira/core is a constant, since reading package.json at run time breaks bundles: it must be the package's own.
import { readFileSync } from "node:fs"

const file = "packages/core/src/version.ts"

export const versionFaults = () => {
  const { version } = JSON.parse(readFileSync("packages/core/package.json", "utf8"))
  const written = /^export const version = "(.*)"$/m.exec(readFileSync(file, "utf8"))?.[1]
  return written === version
    ? []
    : [`${file}: says ${written}, package.json ${version}; run node scripts/write-version.mjs`]
}
