import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { bestLayout, layoutColours } from "../src/kinds/place/placements.ts"
import { assertNoLeftovers, assertWellFormed } from "./sample/checks.ts"
import { place } from "./sample/place.ts"
import { type Mutable, small } from "./sample/small.ts"
import { decodeDocument, renderCsv, renderHtml, renderMarkdown, renderSvgs } from "./sample/render.ts"

const sample = () => structuredClone(place(small)) as Mutable<ReturnType<typeof place>>

const render = (document: ReturnType<typeof sample>) => {
  const [html, markdown] = [renderHtml([document]), renderMarkdown([document])]
  assertNoLeftovers(html, "html")
  assertNoLeftovers(markdown, "markdown")
  for (const [name, svg] of renderSvgs([document])) assertWellFormed(svg, name)
  return html
}

describe("placements alone", () => {
  it("make a chapter: message, headlines, four figures, a table, what placed and what judged", () => {
    const html = render(sample())
    for (const words of [
      "placed by moira",
      "Load of each unit before and after",
      "Balance of each layer",
      "What lies in each slot",
      "Traffic between units before and after",
      "Layouts on dgx-h100, 4 units",
      "decode tokens of 120 other requests",
      "a made-up warning of a placement",
      "Placement: energy"
    ])
      assert.include(html, words)
    assert.notInclude(html, "<b>Simulation:</b>")
  })

  it("tell what is wrong with the trace, first and once", () => {
    const odd = sample()
    odd.input = { ...odd.input, warnings: ["80 of 320 decode tokens were not recorded"] }
    for (const text of [renderHtml([odd]), renderMarkdown([odd])]) {
      const first = text.indexOf("Trace: 80 of 320 decode tokens were not recorded")
      assert.isAtLeast(first, 0)
      assert.isBelow(first, text.indexOf("a made-up warning of a placement"))
      assert.strictEqual(text.indexOf("Trace: 80 of 320", first + 1), -1)
    }
  })

  it("are drawn of hundreds of units, whose traffic is more numbers than a call takes", () => {
    const wide = sample()
    const units = 400
    wide.place.units = units
    wide.place.serverOf = Array.from({ length: units }, (_, u) => u >> 3)
    wide.place.machine.units = wide.place.serverOf.map((_, u) => ({ name: `gpu${u}`, at: [u, 0] }))
    for (const layout of wide.place.layouts) {
      layout.unitLoad = wide.place.serverOf.map((_, u) => 1 + (u % 7) / 7)
      layout.traffic = layout.unitLoad.map((load, a) => layout.unitLoad.map((_, b) => (a === b ? 0 : 1e6 * load)))
    }
    assert.include(render(wide), "Traffic between units before and after")
  })

  it("never advise an oracle", () => {
    assert.strictEqual(bestLayout(sample().place)?.optimizer, "moira")
    const oracles = sample()
    oracles.place.layouts = oracles.place.layouts.filter(
      ({ optimizer }) => optimizer === "present" || optimizer === "best"
    )
    assert.isUndefined(bestLayout(oracles.place))
    assert.notInclude(render(oracles), "placed by best")
  })

  it("keep every layout, unit and link in the CSV", () => {
    const csv = renderCsv([sample()])
    const lines = (name: string) => csv.get(name)!.trim().split("\r\n").length
    assert.strictEqual(lines("placements.csv"), 1 + 4)
    assert.strictEqual(lines("placement_units.csv"), 1 + 4 * 4)
    assert.strictEqual(lines("placement_links.csv"), 1 + 4 * 2)
    assert.include(csv.get("placements.csv")!, "held_out_sglang")
  })

  it("are drawn without anything held out, and with one unit", () => {
    const inSample = sample()
    inSample.place.judgedOn = null
    for (const layout of inSample.place.layouts)
      Object.assign(layout, { heldOut: null, balanceInterval: null, speedupInterval: null })
    assert.include(render(inSample), "in sample")
    const one = sample()
    one.place.units = 1
    assert.notInclude(render(one), "Traffic between units")
  })

  it("are read back from a file, and refused when they are not whole", () => {
    const document = sample()
    const read = decodeDocument(JSON.parse(JSON.stringify(document)), "place.json")
    assert.deepStrictEqual(Result.getOrThrow(read), document)
    assert.isTrue(Result.isFailure(decodeDocument({ ...document, place: {} }, "place.json")))
    assert.isTrue(Result.isFailure(decodeDocument({ ...document, schema: "moira-place/2" }, "place.json")))
  })

  it("tell layouts apart by colour", () => {
    const colours = [...layoutColours(sample().place).values()]
    assert.strictEqual(new Set(colours).size, colours.length)
  })
})
