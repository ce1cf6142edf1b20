import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { analysis } from "./sample/analysis.ts"
import { assertNoLeftovers, assertSelfContained, assertWellFormed, parseCsv } from "./sample/checks.ts"
import { counts } from "./sample/counts.ts"
import { decodeDocument, renderCsv, renderHtml, renderMarkdown, renderSvgs } from "./sample/render.ts"

describe("a report on counts", () => {
  it("is read back as what it is", () => {
    const document = counts()
    const read = decodeDocument(JSON.parse(JSON.stringify(document)), "analysis.json")
    assert.deepStrictEqual(Result.getOrThrow(read), document)
  })

  it("speaks of workloads, not of requests and tokens", () => {
    const html = renderHtml([counts()])
    assertNoLeftovers(html, "html")
    assertSelfContained(html, "html")
    assert.include(html, "3 workloads")
    assert.include(html, "eplb-json counts")
    assert.notMatch(html, /\d requests?</)
    assert.include(html, "0.85")
    assert.include(html, "Spearman rho of prefill_short and decode_short")
    assert.notInclude(html, "moira simulate", "nothing is missing that counts could give")
    assertNoLeftovers(renderMarkdown([counts()]), "markdown")
  })

  it("draws its two figures and fills its tables", () => {
    const svgs = renderSvgs([counts()])
    assert.deepStrictEqual([...svgs.keys()].toSorted(), ["counts-rho.svg", "counts-skew.svg"])
    for (const [name, svg] of svgs) assertWellFormed(svg, name)
    const csv = renderCsv([counts()])
    const [header, row] = parseCsv(csv.get("traces.csv")!)
    assert.strictEqual(row![header!.indexOf("requests")], "")
    assert.strictEqual(row![header!.indexOf("model")], "")
    const [, ...phases] = parseCsv(csv.get("counts_phase_means.csv")!)
    assert.deepStrictEqual(
      phases.map((cells) => cells.slice(1, 5)),
      [
        ["prefill_short", "decode_short", "4", "0.85"],
        ["prefill_long", "decode_long", "4", "0.7"]
      ]
    )
  })

  it("stands beside a trace in a chapter of its own", () => {
    const html = renderHtml([analysis({ layers: [3, 4], experts: 16, topK: 2 }), counts()])
    assert.include(html, "Report on 2 traces")
    assert.include(html, 'id="counts"')
  })

  it("without the part that was not asked for", () => {
    const document = { ...counts(), workloads: null, phases: null }
    assert.strictEqual(renderSvgs([document]).size, 0)
    assert.include(renderHtml([document]), "counts hold no tokens")
  })
})
