// Counts public names from the declarations that a build made.
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { exportsOf } from "./declarations.mjs"

const isTesting = (entry) => /^\.\/testing(\/|$)/.test(entry)

/** Names that a package exports under all its entries but `/testing`, and how many modules its patterns stand for. */
const namesOf = (folder, exports) => {
  const entries = Object.entries(exports).filter(([entry, to]) => typeof to !== "string" && !isTesting(entry))
  const plain = new Set(entries.flatMap(([entry, { types }]) => (entry.includes("*") ? [] : [join(folder, types)])))
  const behind = new Set(
    entries.flatMap(([entry, { types }]) => (entry.includes("*") ? globSync(join(folder, types)) : []))
  ).difference(plain)
  const names = [...plain, ...behind].flatMap((file) => [...exportsOf(file).keys()].filter((name) => name !== "default"))
  return { names: names.length, modules: behind.size }
}

/** A line for each package, and all together. */
export const countNames = () => {
  const packages = globSync("packages/*/package.json")
    .toSorted()
    .map((path) => ({ folder: path.slice(0, -"/package.json".length), ...JSON.parse(readFileSync(path, "utf8")) }))
    .filter((manifest) => !manifest.private)
    .map(({ folder, name, exports }) => ({ name, ...namesOf(folder, exports) }))
  const sum = (of) => packages.reduce((total, row) => total + row[of], 0)
  const rows = [...packages, { name: "all", names: sum("names"), modules: sum("modules") }]
  return rows
    .map(({ name, names, modules }) =>
      `${name.padEnd(18)}${String(names).padStart(5)} names${modules === 0 ? "" : `, ${modules} modules by subpath`}`
    )
    .join("\n")
}
