import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { csvText } from "../src/csv.ts"
import { advice } from "./sample/advice.ts"
import { analysis } from "./sample/analysis.ts"
import { parseCsv } from "./sample/checks.ts"
import { comparison } from "./sample/comparison.ts"
import { counts } from "./sample/counts.ts"
import { forecast } from "./sample/forecast.ts"
import { offload } from "./sample/offload.ts"
import { place } from "./sample/place.ts"
import { simulation } from "./sample/simulation.ts"
import { smallAnalysis } from "./sample/small.ts"
import { renderCsv, tables } from "./sample/render.ts"

const field = Arbitrary.schema(Schema.String)

describe("CSV", () => {
  it.prop(
    "gives back any text, by RFC 4180",
    { rows: Arbitrary.array(Arbitrary.array(field, { minLength: 2, maxLength: 2 }), { maxLength: 8 }) },
    ({ rows }) => {
      assert.deepStrictEqual(parseCsv(csvText(["a", "b"], rows)), [["a", "b"], ...rows])
    }
  )

  it("quotes commas, quotes and line ends, and only those", () => {
    assert.strictEqual(
      csvText(
        ["x", "y"],
        [
          ['say "hi"', "a,b"],
          ["one\ntwo", null],
          ["old\rMac", 0],
          [1.5, true]
        ]
      ),
      'x,y\r\n"say ""hi""","a,b"\r\n"one\ntwo",\r\n"old\rMac",0\r\n1.5,true\r\n'
    )
  })

  const files = renderCsv([analysis(), simulation(), counts(), forecast(), offload(), place(), advice(), comparison()])

  it("has a file for each table, and the traces", () => {
    assert.sameMembers([...files.keys()], ["traces.csv", ...tables.filter((t) => t.csv).map((t) => `${t.id}.csv`)])
  })

  it("has as many fields in each row as in the header, each name once", () => {
    for (const [name, text] of files) {
      const [header, ...rows] = parseCsv(text)
      assert.strictEqual(new Set(header).size, header!.length, name)
      assert.isAbove(rows.length, 0, name)
      for (const column of header!) assert.match(column, /^[a-z][a-z0-9_]*$/, name)
      for (const row of rows) assert.strictEqual(row.length, header!.length, name)
    }
  })

  it("holds the numbers of the documents", () => {
    const document = analysis()
    const [header, ...rows] = parseCsv(files.get("relation_layers.csv")!)
    const cell = (row: ReadonlyArray<string>, name: string) => row[header!.indexOf(name)]
    const layers = document.temporal!.crossLayer!.layers
    for (const [i, layer] of layers.entries()) {
      assert.strictEqual(cell(rows[i]!, "relation"), "cross-layer")
      assert.strictEqual(Number(cell(rows[i]!, "held_out")), layer.coverage.heldOut)
      assert.strictEqual(Number(cell(rows[i]!, "interval_high")), layer.coverage.interval![1])
      assert.closeTo(Number(cell(rows[i]!, "lift")), layer.coverage.heldOut! - layer.coverage.popularity!, 1e-12)
    }
    const [, ...selections] = parseCsv(files.get("expert_counts.csv")!)
    assert.strictEqual(selections.length, 58 * 256)
  })

  it("says what binds every run: shares that add up, the busiest unit and link by name, none as empty", () => {
    const [header, ...rows] = parseCsv(files.get("binds.csv")!)
    const cell = (row: ReadonlyArray<string>, name: string) => row[header!.indexOf(name)]!
    const shares = header!.filter((name) => /^bound_.+_share$/.test(name))
    assert.strictEqual(shares.length, 7)
    assert.deepStrictEqual(
      rows.map((row) => cell(row, "strategy")),
      ["ep", "base", "allo", "ep", "base", "allo"]
    )
    for (const row of rows) {
      const total = shares.reduce((sum, name) => sum + Number(cell(row, name)), 0)
      assert.closeTo(total, 1, 1e-6)
      assert.strictEqual(cell(row, "busiest_unit"), "die[1][2]")
      assert.strictEqual(cell(row, "busiest_link") === "", cell(row, "strategy") === "ep")
    }
  })

  it("leaves what is not measured empty", () => {
    const document = smallAnalysis()
    Object.assign(document.temporal!.crossToken!.mean!, { heldOut: null, interval: null })
    const [header, ...rows] = parseCsv(renderCsv([document]).get("relation_means.csv")!)
    const row = rows.find((r) => r[1] === "Next token (Ob2)" && r[2] === "average expert")!
    for (const name of ["held_out", "interval_low", "lift"]) assert.strictEqual(row[header!.indexOf(name)], "")
  })
})
