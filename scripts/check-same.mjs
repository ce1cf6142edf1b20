/**
 * Proves that a refactoring changed no byte of what moira writes: runs the command on seeded twins and on fixtures, and compares
 * the SHA-256 of every file that it wrote, and of what it said, with those kept in scripts/same.json. It knows the command
 * line only, so that everything behind it may move; fixtures are a copy, scripts/same/fixtures.json.
 *
 *   node_modules/.bin/node scripts/check-same.mjs            compare; exit 1 and a line for each key that differs, is new or is gone
 *     --refresh       write scripts/same.json; with --only, the keys of those cases
 *     --only PREFIX   cases whose name begins so, and what they need
 *     --keep DIR      keep the outputs in DIR, so that those of two runs can be compared with diff -r
 *     --jobs N        processes at a time, 2 when left out
 *
 * Cases of commands with --workers run with 1 and with 4, which must write the same.
 *
 * | left out                         | why                                                              |
 * | -------------------------------- | ---------------------------------------------------------------- |
 * | `in 0.3 s`, `took 3 s` in output | measured wall clock                                              |
 * | absolute paths in output         | where the repository and the temporary folder are                |
 * | `demo`, `fetch`                  | the first draws on data of this machine, the second on a server  |
 * | fig13, fig14 and the like        | slow; what they run is run by other cases                        |
 * | `milp` on models of a catalogue  | minutes; it runs on a model of 4 layers                          |
 *
 * Bytes of zstd are those of the Node that refreshed, which same.json names.
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { cases } from "./same/cases.mjs"
import { shared } from "./same/models.mjs"
import { runCases } from "./same/run.mjs"

const file = fileURLToPath(new URL("same.json", import.meta.url))
const { values } = parseArgs({
  options: {
    refresh: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    keep: { type: "string" },
    jobs: { type: "string", default: "2" }
  }
})
const { refresh, only, keep, jobs } = values

const chosen = cases.filter(({ name }) => name.startsWith(only))
if (chosen.length === 0) {
  process.stderr.write(`no case begins with ${only}; there are ${cases.map(({ name }) => name).join(", ")}\n`)
  process.exit(2)
}

if (keep !== undefined) fs.mkdirSync(keep, { recursive: true })
const root = fs.realpathSync(keep ?? fs.mkdtempSync(path.join(os.tmpdir(), "moira-same-")))
if (fs.readdirSync(root).length > 0) {
  process.stderr.write(`${root}: is not empty\n`)
  process.exit(2)
}

/** Prints what the comparison found; true where nothing did. */
const compare = (known, hashes) => {
  const keys = [...new Set([...known.keys(), ...hashes.keys()])].toSorted((a, b) => (a < b ? -1 : 1))
  const verdict = (key) =>
    !known.has(key) ? "new" : !hashes.has(key) ? "gone" : known.get(key) === hashes.get(key) ? undefined : "differs"
  const told = keys.flatMap((key) => (verdict(key) === undefined ? [] : [`${verdict(key).padEnd(8)}${key}\n`]))
  process.stdout.write(told.join(""))
  return told.length === 0
}

const began = performance.now()
try {
  const report = (name, ms) => process.stderr.write(`${(ms / 1000).toFixed(1).padStart(6)} s  ${name}\n`)
  const { hashes, unlike, unexpected } = await runCases(
    { all: cases, chosen },
    { root, jobs: Number(jobs), shared, report }
  )
  for (const key of unlike) process.stdout.write(`workers ${key}: 1 and 4 workers write other bytes\n`)
  for (const what of unexpected) process.stdout.write(`${what}\n`)
  const sound = unlike.length === 0 && unexpected.length === 0
  const kept = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : { node: process.version, hashes: {} }
  const entries = Object.entries(kept.hashes)
  if (refresh && sound) {
    const others = entries.filter(([key]) => !key.startsWith(only))
    const sorted = Object.fromEntries([...others, ...hashes].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    fs.writeFileSync(file, `${JSON.stringify({ node: process.version, hashes: sorted }, null, 2)}\n`)
  }
  const same = refresh || compare(new Map(entries.filter(([key]) => key.startsWith(only))), hashes)
  if (!same && kept.node !== process.version)
    process.stdout.write(`the hashes are of Node ${kept.node}, this is ${process.version}\n`)
  const took = ((performance.now() - began) / 1000).toFixed(0)
  process.stdout.write(
    `${chosen.length} cases, ${hashes.size} hashes in ${took} s: ${!sound ? "not sound" : refresh ? "written" : same ? "all the same" : "not the same"}\n`
  )
  process.exitCode = same && sound ? 0 : 1
} finally {
  if (keep === undefined) fs.rmSync(root, { recursive: true, force: true })
}
