import { afterAll, assert, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "moira-sweep-"))
afterAll(() => fs.rmSync(cwd, { recursive: true, force: true }))

const main = path.resolve(import.meta.dirname, "../src/main.ts")
const run = () => execFileSync(process.execPath, ["--conditions=@moira/source", main], { cwd, encoding: "utf8" })

it("keeps every point, computes none twice, and ends in a report", () => {
  run()
  const points = path.join(cwd, "links", "points")
  const written = fs.readdirSync(points).map((name) => [name, fs.statSync(path.join(points, name)).mtimeMs])
  assert.strictEqual(written.length, 5)
  assert.include(fs.readFileSync(path.join(cwd, "report.html"), "utf8"), "dojo")
  run()
  assert.deepStrictEqual(
    fs.readdirSync(points).map((name) => [name, fs.statSync(path.join(points, name)).mtimeMs]),
    written
  )
}, 120_000)
