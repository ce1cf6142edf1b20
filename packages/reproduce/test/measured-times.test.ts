/** Figures and pages that no result document holds: measured beside modelled times, and articles. */
import { assert, it } from "@effect/vitest"
import { measuredTimes, type TimedPanel } from "../src/figures/measured-times.ts"
import { namedBars } from "../src/figures/named-bars.ts"
import { renderArticle } from "@moira/report"
import { timeParity } from "../src/figures/time-parity.ts"
import { DOMParser } from "linkedom"

const points = Array.from({ length: 12 }, (_, i) => ({
  size: 2 ** i,
  measuredPs: 3e6 + 2e4 * 2 ** i,
  modelledPs: 3e6 + 2.1e4 * 2 ** i
}))
const panel = (title: string, ...labels: ReadonlyArray<string>): TimedPanel => ({
  title,
  series: labels.map((label) => ({ label, points }))
})
const draw = (panels: ReadonlyArray<TimedPanel>) =>
  measuredTimes({ id: "times", title: "Times", sizes: "tokens", panels })

it("draws a dot for every measured time and a line for every series, and names each once", () => {
  const { svg, title } = draw([panel("One", "bf16", "fp8"), panel("Two", "bf16")])!
  assert.strictEqual(title, "Times")
  assert.strictEqual(svg.match(/<circle/g)!.length, 3 * points.length + 2, "dots, and two rings in the key")
  assert.strictEqual(svg.match(/>bf16</g)!.length, 1)
  assert.notMatch(svg, /NaN|Infinity/)
  assert.strictEqual(draw([panel("One", "bf16", "fp8"), panel("Two", "bf16")])!.svg, svg)
})

it("a single point is drawn, and without any there is no figure", () => {
  const alone = { title: "Alone", series: [{ label: "a", points: points.slice(0, 1) }] }
  assert.notMatch(draw([alone])!.svg, /NaN|Infinity/)
  assert.isUndefined(draw([]))
  assert.isUndefined(draw([{ title: "Empty", series: [{ label: "a", points: [] }] }]))
})

it("parity: a dot a measurement and one diagonal a panel", () => {
  const panels = [
    { title: "A", points },
    { title: "B", points: points.slice(0, 3) },
    { title: "none", points: [] }
  ]
  const { svg } = timeParity({ id: "parity", title: "Parity", panels })!
  assert.strictEqual(svg.match(/<circle/g)!.length, points.length + 3)
  assert.notInclude(svg, ">none<")
  assert.notMatch(svg, /NaN|Infinity/)
  assert.isUndefined(timeParity({ id: "parity", title: "Parity", panels: [] }))
})

it("named bars: one colour and one line of the key a name, groups without a bar left out, nothing without bars", () => {
  const bar = (label: string, ...values: ReadonlyArray<number>) => ({
    label,
    parts: values.map((value, i) => ({ name: `part ${i}`, value })),
    text: `${label} end`
  })
  const figure = (groups: Parameters<typeof namedBars>[0]["groups"]) =>
    namedBars({ id: "bars", title: "Bars", caption: "A caption.", axis: "Axis", format: String, groups })
  const groups = [
    { title: "first", bars: [bar("a", 3, 0, 1), bar("b", 0, 2, 2)] },
    { title: "nobody", bars: [] }
  ]
  const { svg } = figure(groups)!
  for (const text of ["part 0", "part 1", "part 2", "a end", "first"]) assert.include(svg, `>${text}<`)
  assert.strictEqual(svg.match(/>part 1</g)!.length, 1)
  assert.notInclude(svg, ">nobody<")
  assert.notMatch(svg, /NaN|Infinity/)
  assert.notInclude(figure([{ title: "", bars: [bar("alone", 1)] }])!.svg, ">part 0<", "a single name needs no key")
  assert.isUndefined(figure([{ title: "empty", bars: [] }]))
})

it("an article is one self-contained page that keeps text text", () => {
  const { svg } = draw([panel("One", "bf16")])!
  const article = {
    title: "Figure 1: <b>",
    lead: "A & B",
    table: { head: ["what", "value"], rows: [["<script>", "5"]] },
    numbersFrom: 1,
    notes: ["a note"],
    figures: [{ title: "Times", svg }],
    foot: "Made with `moira`."
  }
  const html = renderArticle(article)
  const page = new DOMParser().parseFromString(html, "text/html")
  assert.strictEqual(page.querySelector("h1")!.textContent, "Figure 1: <b>")
  assert.strictEqual(page.querySelectorAll("script").length, 0)
  assert.strictEqual(page.querySelector("td.n")!.textContent, "5")
  assert.strictEqual(page.querySelectorAll("figure svg").length, 1)
  assert.notMatch(html, /(src|href)="(?!#)/)
  assert.strictEqual(renderArticle(article), html)
})
