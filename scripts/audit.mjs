// Holds every workspace package to the same shape: a tag, a README, a test, exact catalogue versions, a licence; and every built-in plug-in to the kit of its kind.
import { existsSync, globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { kitFaults } from "./audit/kits.mjs"
import { pathFaults } from "./audit/paths.mjs"
import { versionFaults } from "./audit/version.mjs"

const faults = []
const json = (file) => JSON.parse(readFileSync(file, "utf8"))
const directories = ["packages", "tooling", "examples"]
  .flatMap((top) => globSync(`${top}/*/package.json`))
  .map((file) => file.slice(0, -"/package.json".length))

for (const directory of directories) {
  const manifest = json(join(directory, "package.json"))
  const fault = (text) => faults.push(`${directory}: ${text}`)
  const turbo = join(directory, "turbo.json")
  if (!existsSync(turbo) || !(json(turbo).tags?.length === 1)) fault("turbo.json must give exactly one tag")
  if (directory.startsWith("tooling/")) continue
  if (!existsSync(join(directory, "README.md"))) fault("no README.md")
  if (globSync(`${directory}/test/**/*.test.ts`).length === 0) fault("no test")
  const dependencies = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies }
  for (const [name, range] of Object.entries(dependencies)) {
    if (!/^(workspace:|catalog:)/.test(range)) fault(`${name} is ${range}; versions stand in the workspace catalogue`)
  }
  if (manifest.private) continue
  if (manifest.license !== "Apache-2.0") fault("licence must be Apache-2.0")
  if (manifest.name !== `@moira/${directory.split("/")[1]}`) fault(`is named ${manifest.name}`)
  for (const field of ["description", "files", "exports", "engines"])
    if (manifest[field] === undefined) fault(`no ${field}`)
  for (const [entry, target] of Object.entries(manifest.exports)) {
    if (typeof target === "string") continue
    if (Object.keys(target).join() !== "@moira/source,types,default")
      fault(`export ${entry} needs @moira/source, types, default`)
  }
}

const changesets = globSync(".changeset/*.md").filter((file) => !file.endsWith("README.md"))
const released = globSync("packages/*/CHANGELOG.md")
if (changesets.length === 0 && released.length === 0)
  faults.push(".changeset: no changeset and nothing was released yet")

faults.push(...kitFaults(), ...pathFaults(), ...versionFaults())

console.log(faults.length === 0 ? `audit: ${directories.length} packages as they should be` : faults.join("\n"))
process.exit(faults.length === 0 ? 0 : 1)
