import { assert, describe, it } from "@effect/vitest"
import { parseHTML } from "linkedom"
import { assertWellFormed, parseCsv } from "./sample/checks.ts"
import { smallAnalysis, smallSimulation } from "./sample/small.ts"
import { renderCsv, renderHtml, renderMarkdown, renderSvgs } from "./sample/render.ts"

interface Node {
  readonly localName: string
  readonly textContent: string
  readonly getAttribute: (name: string) => string | null
  readonly getAttributeNames: () => ReadonlyArray<string>
  readonly querySelectorAll: (selector: string) => Iterable<Node>
}

const hostile = `"><script>alert('1')</script><img src=x onerror="alert(2)"> & ]]> | \`code\` [a](b) \u0000\u001b\ud800 {{x}}`

const documents = () => {
  const analysis = smallAnalysis()
  analysis.input.title = hostile
  analysis.input.model = hostile
  analysis.input.origin = hostile
  analysis.spatial!.notMeasured = [{ what: hostile, why: hostile }]
  const rename = (name: string) => `${name}${hostile}`
  for (const profile of analysis.spatial!.profiles) profile.name = rename(profile.name)
  for (const distance of analysis.spatial!.distances) {
    distance.a = rename(distance.a)
    distance.b = rename(distance.b)
  }
  const simulation = smallSimulation()
  simulation.input = analysis.input
  for (const run of simulation.runs) {
    run.machine.name = hostile
    run.machine.spec = { [hostile]: hostile }
    run.strategy.name = rename(run.strategy.name)
    run.strategy.placement = hostile
    run.network = hostile
    run.metrics[hostile] = 1
    run.warnings = [hostile]
  }
  return [analysis, simulation]
}

describe("names that try to be markup stay text", () => {
  it("in HTML", () => {
    const html = renderHtml(documents())
    const { document } = parseHTML(html) as unknown as { readonly document: Node }
    assert.lengthOf([...document.querySelectorAll("script, img, style ~ style")], 0)
    for (const element of document.querySelectorAll("*")) {
      for (const name of element.getAttributeNames()) {
        assert.isFalse(name.startsWith("on"), `${element.localName} ${name}`)
        if (!["href", "src", "action", "xlink:href"].includes(name)) continue
        const target = element.getAttribute(name)!
        assert.isTrue(target.startsWith("#") || target.startsWith("data:image/png"), target.slice(0, 80))
      }
    }
    assert.notMatch(html, /<script|<img/)
    assert.include([...document.querySelectorAll("title")][0]!.textContent, "<script>alert('1')</script>")
  })

  it("in SVG, where they also stay XML", () => {
    for (const [name, svg] of renderSvgs(documents())) {
      assertWellFormed(svg, name)
      assert.notInclude(svg, "<script")
    }
  })

  it("in Markdown", () => {
    const markdown = renderMarkdown(documents())
    assert.notMatch(markdown, /<script|<img/)
    assert.notInclude(markdown, "[a](b)")
    const rows = markdown.split("\n").filter((line) => line.startsWith("|"))
    const bars = (line: string) => line.replaceAll(/\\./g, "").split("|").length
    for (const [i, line] of rows.entries()) {
      if (line.startsWith("| -")) assert.strictEqual(bars(line), bars(rows[i - 1]!))
    }
  })

  it("in CSV, where they come back whole", () => {
    const files = renderCsv(documents())
    const names = parseCsv(files.get("task_profiles.csv")!).map((row) => row[2]!)
    assert.include(names[1]!, "<script>alert('1')</script>")
  })
})
