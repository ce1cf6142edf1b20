// Draws the packages and what they import, from the code, into docs/images/house.svg and docs/architecture.md, and fails where
// an import goes up. With --check it only says whether both are current.
import { readFileSync, writeFileSync } from "node:fs"
import { faults, floors, needed, readHouse, rowsOf } from "./house/imports.mjs"
import { picture } from "./house/picture.mjs"

const packages = readHouse()
const upward = faults(packages)
if (upward.length > 0) {
  console.error(`imports run down only:\n${upward.join("\n")}`)
  process.exit(1)
}

const rows = rowsOf(packages)
const line = ({ name, floor, about, imports }) =>
  `| [\`${name}\`](../packages/${name}) | ${floors[floor].name} | ${about} | ${imports.length === 0 ? "–" : imports.join(", ")} |`
const page = `# The house

Data flows one way, from traces and machines to results, and imports run down only. This page and its picture are made from the
code by \`node scripts/draw-house.mjs\`, which fails where an import goes up; \`turbo boundaries\` and \`import/no-cycle\` hold the rest:
engines import neither engines nor backends, and nobody imports an app.

![The packages of each floor, with arrows to what they import](images/house.svg)

| package | floor | holds | imports |
| --- | --- | --- | --- |
${rows.flatMap(({ members }) => members.map(line)).join("\n")}
`

const files = { "docs/architecture.md": page, "docs/images/house.svg": picture(rows, needed(packages), floors) }
const current = (file) => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}
for (const [file, text] of Object.entries(files)) {
  if (current(file) === text) continue
  if (!process.argv.includes("--check")) writeFileSync(file, text)
  else {
    console.error(`${file} is out of date: run node scripts/draw-house.mjs`)
    process.exitCode = 1
  }
}
