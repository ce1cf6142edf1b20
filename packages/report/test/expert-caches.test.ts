import { assert, describe, it } from "@effect/vitest"
import { bestOverLru, cacheLines } from "../src/kinds/offload/expert-caches.ts"
import { assertNoLeftovers, assertWellFormed } from "./sample/checks.ts"
import { offload } from "./sample/offload.ts"
import { type Mutable, small } from "./sample/small.ts"
import { Result } from "effect"
import { decodeDocument, renderCsv, renderHtml, renderMarkdown, renderSvgs } from "./sample/render.ts"

const sample = () => structuredClone(offload(small)) as Mutable<ReturnType<typeof offload>>

const render = (document: ReturnType<typeof sample>) => {
  const [html, markdown] = [renderHtml([document]), renderMarkdown([document])]
  assertNoLeftovers(html, "html")
  assertNoLeftovers(markdown, "markdown")
  for (const [name, svg] of renderSvgs([document])) assertWellFormed(svg, name)
  return html
}

describe("caches of experts alone", () => {
  it("make a chapter: message, headline, figures, table, who judged and what the machine is", () => {
    const html = render(sample())
    assert.include(html, "more than with LRU")
    assert.include(html, "Cache hits against capacity")
    assert.include(html, "Decode throughput against the size of the cache")
    assert.include(html, "Caches of experts on offload-pcie5")
    assert.include(html, "72 judge")
    assert.include(html, "a made-up warning")
    assert.notInclude(html, "<b>Simulation:</b>")
  })

  it("keep every number in the CSV, by run and by layer", () => {
    const document = sample()
    const csv = renderCsv([document])
    const rows = csv.get("expert_caches.csv")!.trim().split("\r\n")
    assert.strictEqual(rows.length, 1 + document.offload.runs.length)
    assert.include(rows[1]!, String(document.offload.runs[0]!.metrics["hit_rate"]))
    assert.strictEqual(
      csv.get("expert_cache_layers.csv")!.trim().split("\r\n").length,
      1 + document.offload.runs.length * small.layers.length
    )
  })

  it("are read back from a file", () => {
    const document = sample()
    const read = decodeDocument(JSON.parse(JSON.stringify(document)), "caches.json")
    assert.deepStrictEqual(Result.getOrThrow(read), document)
    assert.isTrue(Result.isFailure(decodeDocument({ ...document, offload: { runs: [] } }, "caches.json")))
    assert.isTrue(Result.isFailure(decodeDocument({ ...document, schema: "moira-offload/2" }, "caches.json")))
  })

  it("of one size, of one judge and without LRU are drawn, too", () => {
    const one = sample()
    one.offload.runs = one.offload.runs.filter(({ slots }) => slots === one.offload.runs[0]!.slots)
    for (const run of one.offload.runs) Object.assign(run, { hitRateInterval: null, throughputInterval: null })
    render(one)
    const others = sample()
    others.offload.runs = others.offload.runs.filter(({ strategy }) => strategy !== "lru")
    assert.isUndefined(bestOverLru(others.offload))
    assert.include(render(others), "Data movement of")
    const none = sample()
    none.offload.runs = []
    assert.notInclude(render(none), "Cache hits against capacity")
  })

  it("of several machines and batches get a panel each", () => {
    const document = sample()
    document.offload.runs = document.offload.runs.flatMap((run) => [
      run,
      { ...run, batch: 4 },
      { ...run, machine: "offload-pcie4" }
    ])
    const svg = renderSvgs([document]).get("expert-cache-hits.svg")!
    for (const title of [
      "offload-pcie5, one request at a time",
      "offload-pcie5, batch 4",
      "offload-pcie4, one request"
    ])
      assert.include(svg, title)
  })
})

describe("lines", () => {
  const lines = cacheLines(
    sample().offload.runs,
    (run) => run.metrics["hit_rate"]!,
    (run) => run.hitRateInterval
  )

  it("come highest first, with prefetch dashed in its policy's colour", () => {
    assert.strictEqual(lines[0]?.label, "belady")
    const [plain, ahead] = ["lru", "lru +2"].map((name) => lines.find(({ label }) => label === name)!)
    assert.strictEqual(ahead!.colour, plain!.colour)
    assert.isUndefined(plain!.dash)
    assert.isDefined(ahead!.dash)
    assert.isUndefined(ahead!.band)
  })

  it("name where a policy is furthest above LRU, and what the bound is there", () => {
    const best = bestOverLru(sample().offload)!
    assert.strictEqual(best.run.strategy, "predicted")
    assert.strictEqual(best.belady?.slots, best.run.slots)
    assert.isAbove(best.gain, 0.02)
  })
})
