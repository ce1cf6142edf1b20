import { assert, describe, it } from "@effect/vitest"
import { parseHTML } from "linkedom"
import { advice } from "./sample/advice.ts"
import { analysis } from "./sample/analysis.ts"
import { assertNoLeftovers, assertSelfContained } from "./sample/checks.ts"
import { comparison } from "./sample/comparison.ts"
import { forecast } from "./sample/forecast.ts"
import { offload } from "./sample/offload.ts"
import { place } from "./sample/place.ts"
import { simulation } from "./sample/simulation.ts"
import { smallAnalysis, smallSimulation } from "./sample/small.ts"
import { figures, kinds, renderHtml, renderMarkdown } from "./sample/render.ts"

interface Element {
  readonly textContent: string
  readonly getAttribute: (name: string) => string | null
  readonly querySelector: (selector: string) => Element | null
  readonly querySelectorAll: (selector: string) => Iterable<Element>
}

const parse = (html: string) => (parseHTML(html) as unknown as { readonly document: Element }).document
const all = (root: Element, selector: string): ReadonlyArray<Element> => [...root.querySelectorAll(selector)]

/** Figures of comparisons, in their order. */
const compared = kinds.find(({ id }) => id === "comparison")!.figures

describe("the page of the full sample", () => {
  const html = renderHtml([analysis(), simulation(), forecast(), offload(), place(), advice()])
  const document = parse(html)

  it("is small, complete and asks for nothing", () => {
    assert.isBelow(Buffer.byteLength(html), 3_000_000)
    assertNoLeftovers(html, "html")
    assertSelfContained(html, "html")
    assert.include(html, "default-src 'none'")
  })

  it("opens with the message, the facts and three to five figures", () => {
    assert.strictEqual(all(document, "h1").length, 1)
    assert.include(document.querySelector("h1")!.textContent, "DeepSeek-V3 / R1 671B")
    assert.include(document.querySelector(".facts")!.textContent, "58 MoE layers")
    const headlines = all(document, ".headlines > div")
    assert.isTrue(headlines.length >= 3 && headlines.length <= 5)
    assert.include(document.querySelector(".headlines")!.textContent, "held out")
  })

  it("shows every figure with title, caption and accessible name", () => {
    const shown = all(document, "figure")
    // Those of counts and of comparisons have documents, and tests, of their own.
    const own = new Set(compared.map(({ id }) => id))
    assert.strictEqual(shown.length, figures.filter(({ id }) => !id.startsWith("counts-") && !own.has(id)).length)
    for (const figure of shown) {
      assert.isNotEmpty(figure.querySelector("h3")!.textContent)
      assert.isNotEmpty(figure.querySelector("figcaption")!.textContent)
      const svg = figure.querySelector("svg")!
      assert.strictEqual(svg.getAttribute("role"), "img")
      assert.include(svg.getAttribute("aria-label")!, figure.querySelector("h3")!.textContent)
    }
  })

  it("has tables with captions and headers, and as many cells in each row", () => {
    const tables = all(document, "table")
    assert.isAbove(tables.length, 8)
    for (const table of tables) {
      assert.isNotEmpty(table.querySelector("caption")!.textContent)
      const columns = all(table, "thead th[scope=col]").length
      assert.isAbove(columns, 1)
      for (const row of all(table, "tbody tr")) {
        assert.strictEqual(all(row, "th[scope=row]").length, 1)
        assert.strictEqual(all(row, "th, td").length, columns)
      }
    }
  })

  it("has unique ids, and every link inside leads somewhere", () => {
    const ids = all(document, "[id]").map((e) => e.getAttribute("id")!)
    assert.strictEqual(new Set(ids).size, ids.length)
    const links = all(document, "a[href]").map((e) => e.getAttribute("href")!)
    assert.isAbove(links.length, 6)
    for (const link of links) assert.include(ids, link.slice(1))
  })

  it("says where everything comes from", () => {
    const provenance = document.querySelector("[id$=-provenance]")!.textContent
    for (const part of ["6f1ed002ab55", "20260611", "moira-analysis/1", "flow", "at-home", "dieBytesPerSec"]) {
      assert.include(provenance, part)
    }
    assert.include(provenance, "decode tokens of all steps divided by the simulated time of all their MoE layers")
  })

  it("takes colours from the page's scheme, except inside ramps", () => {
    assert.include(html, 'fill="var(--ink)"')
    const figure = document.querySelector("figure")!
    assert.notMatch(figure.querySelector("svg")!.getAttribute("color")!, /#/)
    for (const scheme of ["prefers-color-scheme:dark", "@media print", "max-width:820px"]) assert.include(html, scheme)
  })

  it("is the same again", () => {
    assert.strictEqual(renderHtml([analysis(), simulation(), forecast(), offload(), place(), advice()]), html)
  })
})

describe("the page of a comparison", () => {
  const document = parse(renderHtml([comparison()]))

  it("opens with the machine, what binds it, and factors over machines and over strategies apart", () => {
    assert.include(document.querySelector("h1")!.textContent, "is the fastest of 8 machines, bound by links")
    const labels = all(document, ".headlines > div").map((one) => one.textContent)
    assert.strictEqual(labels.length, 5)
    for (const word of ["a machine over a machine", "a strategy over a strategy"])
      assert.strictEqual(labels.filter((label) => label.includes(word)).length, 1)
  })

  it("shows the picture and the short table of the answer first, then every other figure once", () => {
    const shown = all(document, "figure").map((figure) => figure.getAttribute("id")!)
    assert.deepStrictEqual(
      shown,
      compared.map(({ id }) => `deepseek-v3-${id}`)
    )
    const [first] = all(document, "section")
    assert.include(first!.querySelector("h2")!.textContent, "Which machine")
    assert.strictEqual(all(first!, "figure").length, 1)
    assert.include(first!.querySelector("table")!.textContent, "dojo, hbm 8 TB/s, link 1.7 TB/s")
  })
})

describe("several traces", () => {
  const other = smallAnalysis()
  other.input.model = "kimi-k2"
  other.input.title = "Kimi K2 1T"
  const same = smallAnalysis()
  same.input.contentSha256 = "0".repeat(64)
  const documents = [smallAnalysis(), other, smallSimulation(), same]

  it("get a chapter each, with their own anchors", () => {
    const html = renderHtml(documents)
    const document = parse(html)
    assert.deepStrictEqual(
      all(document, "article").map((e) => e.getAttribute("id")),
      ["deepseek-v3", "kimi-k2", "deepseek-v3-2"]
    )
    const ids = all(document, "[id]").map((e) => e.getAttribute("id")!)
    assert.strictEqual(new Set(ids).size, ids.length)
    assert.strictEqual(all(document, "h1").length, 1)
  })

  it("get figure files of their own in Markdown", () => {
    const markdown = renderMarkdown(documents)
    for (const slug of ["deepseek-v3", "kimi-k2", "deepseek-v3-2"]) assert.include(markdown, `figures/${slug}-skew.svg`)
  })
})
