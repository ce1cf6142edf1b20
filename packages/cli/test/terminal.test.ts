import { assert, it } from "vitest"
import { Cause } from "effect"
import { StoreError } from "@moira/trace"
import { exitCodes, faultOf } from "../src/terminal/fault.ts"
import { barText, doneText } from "../src/terminal/progress-bar.ts"
import { table } from "../src/terminal/table.ts"

const stage = { stage: "ingest", done: 250, total: 1000, unit: "requests", startedMs: 1000 }

it("the bar shows share, rate and time left", () => {
  assert.strictEqual(barText(stage, 3000), "ingest       ██████░░░░░░░░░░░░░░░░░░ 25% 125 requests/s, 6.0 s left")
  assert.strictEqual(doneText({ ...stage, done: 1000 }, 21_000), "ingest       1,000 requests in 20 s")
  assert.match(barText({ ...stage, unit: "B", done: 250e6, total: 1e9 }, 3000), /25% 125 MB\/s/)
  assert.notMatch(barText({ ...stage, done: 0, total: 0 }, 1000), /NaN|Infinity/)
})

it("tables align numbers right and text left", () => {
  const text = table(
    ["name", "n"],
    [
      ["a", "1"],
      ["long name", "1,000"]
    ]
  )
  assert.strictEqual(text, "name           n\n─────────  ─────\na              1\nlong name  1,000")
})

it("faults: one line for what is wrong, a report for a bug, silence where usage was told", () => {
  const problem = new StoreError({ reason: "NotFound", where: "x", what: "no such\n store", hint: "make one" })
  assert.deepStrictEqual(faultOf(Cause.fail(problem)), {
    code: exitCodes.wrongInput,
    text: "moira: x: no such store; hint: make one"
  })
  assert.strictEqual(faultOf(Cause.die(new Error("boom"))).code, exitCodes.bug)
  assert.match(faultOf(Cause.die(new Error("boom"))).text, /bug.*\n.*boom/)
  assert.strictEqual(faultOf(Cause.interrupt()).code, exitCodes.interrupted)
})
