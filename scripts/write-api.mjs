// Writes api/PACKAGE.api.md, what each package exports by name, from the declarations that a build made; with --check it
// only says which pages are out of date. A change of the public interface is seen in review as a change of these pages.
// With --count it says how many public names there are: every name that an entry exports, types too, once for each entry,
// also of modules behind a pattern such as `./policies/*`; without `/testing`, and without default exports, which have no name.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { countNames } from "./api/count.mjs"
import { exportsOf } from "./api/declarations.mjs"

if (process.argv.includes("--count")) {
  console.log(countNames())
  process.exit(0)
}
const check = process.argv.includes("--check")
const faults = []
let names = 0

const entryOf = (folder, entry, { types }) => {
  const file = join(folder, types)
  if (!existsSync(file)) throw new Error(`${file} is not there: run npm run build first`)
  const exported = [...exportsOf(file)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  names += exported.filter(([name]) => name !== "default").length
  const title = `## \`${entry}\`, ${exported.length} ${exported.length === 1 ? "name" : "names"}`
  return [
    title,
    "```ts",
    ...exported.map(([name, { text }]) => (name === "default" ? "export default" : text())),
    "```"
  ]
}

const pages = new Map(
  globSync("packages/*/package.json")
    .toSorted()
    .flatMap((path) => {
      const folder = path.slice(0, -"/package.json".length)
      const manifest = JSON.parse(readFileSync(path, "utf8"))
      if (manifest.private) return []
      const entries = Object.entries(manifest.exports).filter(
        ([entry, to]) => typeof to !== "string" && !entry.includes("*")
      )
      const parts = entries.flatMap(([entry, to]) => ["", ...entryOf(folder, entry, to)])
      const head = [
        `# ${manifest.name}`,
        "",
        "Made by `node scripts/write-api.mjs` from the declarations; built-in plug-ins are exported by subpath."
      ]
      return [[`api/${folder.slice("packages/".length)}.api.md`, `${[...head, ...parts].join("\n")}\n`]]
    })
)

if (check) {
  for (const [page, text] of pages)
    if (!existsSync(page) || readFileSync(page, "utf8") !== text) faults.push(`${page} is out of date`)
  for (const page of globSync("api/*.api.md")) if (!pages.has(page)) faults.push(`${page}: there is no such package`)
} else {
  rmSync("api", { recursive: true, force: true })
  mkdirSync("api")
  for (const [page, text] of pages) writeFileSync(page, text)
}
if (faults.length > 0) console.error(`${faults.join("\n")}\nrun npm run build and node scripts/write-api.mjs`)
console.log(`api: ${names} public names in ${pages.size} packages`)
process.exit(faults.length === 0 ? 0 : 1)
