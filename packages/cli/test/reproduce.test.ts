/** `moira reproduce` on small twins: pages, repeatable numbers, twins that are kept. */
import { assert, it } from "@effect/vitest"
import { relativeError, ReproductionDocument } from "@moira/trace"
import { Schema } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { moira } from "./moira.ts"

const args = [
  "reproduce",
  "fig4",
  "fig7",
  "fig9",
  "--model",
  "qwen3-30b",
  "--requests",
  "12",
  "--decode",
  "6",
  "--json"
]

it("compares with what was published, writes pages, and gives the same numbers again from kept twins", async () => {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), "moira-reproduce-"))
  try {
    const first = await moira(...args, "--out", out)
    assert.strictEqual(first.code, 0, first.stderr)
    const document = Schema.decodeUnknownSync(ReproductionDocument)(JSON.parse(first.stdout))
    assert.deepStrictEqual(
      document.experiments.map(({ id }) => id),
      ["fig4", "fig7", "fig9"]
    )
    const overlap = document.experiments[1]!.rows[0]!
    assert.deepStrictEqual(overlap.published, { value: 0.6 })
    assert.isTrue(overlap.twin !== null && overlap.twin > 0 && overlap.twin <= 1)
    assert.isNull(overlap.real)
    // A model that the study does not have gets no published coverage.
    assert.isNull(document.experiments[0]!.rows[0]!.published)
    const page = fs.readFileSync(path.join(out, "fig4.md"), "utf8")
    for (const [, figure] of page.matchAll(/\]\((figures\/[^)]+)\)/g))
      assert.isTrue(fs.existsSync(path.join(out, figure!)))
    assert.include(page, "| Qwen3-30B")
    const twins = fs.statSync(path.join(out, "twins", fs.readdirSync(path.join(out, "twins"))[0]!, "manifest.json"))
    const second = await moira(...args, "--out", out)
    assert.strictEqual(second.stdout, first.stdout)
    const after = fs.statSync(path.join(out, "twins", fs.readdirSync(path.join(out, "twins"))[0]!, "manifest.json"))
    assert.strictEqual(after.mtimeMs, twins.mtimeMs, "the twin was made again")
  } finally {
    fs.rmSync(out, { recursive: true, force: true })
  }
}, 60_000)

it("refuses an experiment that nobody knows, and names those there are", async () => {
  const { code, stderr } = await moira("reproduce", "fig99", "--out", "nowhere")
  assert.strictEqual(code, 1)
  assert.match(stderr, /fig99.*fig4/s)
})

it("an error is relative, and none inside what was published", () => {
  assert.approximately(relativeError(0.55, { value: 0.5 })!, 0.1, 1e-12)
  assert.strictEqual(relativeError(30, { from: 20, to: 40 }), 0)
  assert.strictEqual(relativeError(50, { from: 20, to: 40 }), 0.25)
  assert.strictEqual(relativeError(17, { atLeast: 16 }), 0)
  assert.strictEqual(relativeError(8, { atLeast: 16 }), -0.5)
  assert.isNull(relativeError(null, { value: 1 }))
  assert.isNull(relativeError(1, null))
})
