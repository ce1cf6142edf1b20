/** Chapters on advice and on insights, alone and beside an analysis. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { insightsDocument } from "../src/kinds/insights/judge.ts"
import { advice } from "./sample/advice.ts"
import { assertNoLeftovers, assertWellFormed } from "./sample/checks.ts"
import { decodeDocument, renderCsv, renderHtml, renderMarkdown, renderSvgs } from "./sample/render.ts"
import { type Mutable, small, smallAnalysis } from "./sample/small.ts"

const sample = (): Mutable<ReturnType<typeof advice>> =>
  structuredClone(advice(small)) as Mutable<ReturnType<typeof advice>>
type Documents = Parameters<typeof renderHtml>[0]

const render = (...documents: Documents) => {
  const [html, markdown] = [renderHtml(documents), renderMarkdown(documents)]
  assertNoLeftovers(html, "html")
  assertNoLeftovers(markdown, "markdown")
  for (const [name, svg] of renderSvgs(documents)) assertWellFormed(svg, name)
  return html
}

describe("advice alone", () => {
  it("makes a chapter: message, headlines with their batch and interval, two figures, four tables", () => {
    const html = render(sample())
    for (const part of [
      "balancing pays at batch 4,096 on dgx-h100, 8 units",
      "balancing: yes at batch 4,096, with 2 spare slots a unit",
      "95\u00a0% interval 1.46× to 1.55×",
      "75\u00a0%",
      "What spare slots gain at each batch",
      "How uneven each layer is, before and after",
      "Should balancing be enabled?",
      "costs time",
      "<b>Balancing: gain by task:</b>"
    ]) {
      assert.include(html, part)
    }
    const csv = renderCsv([sample()])
    assert.sameMembers(
      [...csv.keys()],
      ["traces.csv", "balance_advice.csv", "advice_options.csv", "balance_options.csv", "balance_layers.csv"]
    )
  })

  it("of several settings is drawn side by side", () => {
    const other = sample()
    other.advice.units = 25
    other.advice.machine.name = "dojo"
    const html = render(sample(), other)
    assert.include(html, "dojo, 25 units")
    assert.include(html, "dgx-h100, 8 units")
  })

  it("without evidence on balance, or that cannot tell, is told without it", () => {
    const none = sample()
    const [batch] = none.advice.batches
    Object.assign(none.advice, {
      balance: null,
      verdict: "cannot tell",
      batches: [{ ...batch!, verdict: "cannot tell" }]
    })
    const html = render(none)
    assert.include(html, "too few groups judge whether balancing pays at batch 256")
    assert.notInclude(html, "How uneven each layer is")
  })

  it("is read back, and refused without its form", () => {
    const document = sample()
    assert.deepStrictEqual(Result.getOrThrow(decodeDocument(JSON.parse(JSON.stringify(document)), "a.json")), document)
    assert.isTrue(Result.isFailure(decodeDocument({ ...document, advice: {} }, "a.json")))
  })
})

describe("insights", () => {
  const judged = insightsDocument(smallAnalysis())

  it("alone make a chapter with a headline and their tables", () => {
    const html = render(judged)
    const held = judged.insights.filter(({ verdict }) => verdict === "supported").length
    assert.include(html, "6 insights hold on this trace")
    assert.include(html, `${held} of 6`)
    assert.include(html, "Evidence of the insights")
  })

  it("are told as the document says where there is one, else as the analysis lets them be judged", () => {
    const mine = structuredClone(judged) as Mutable<typeof judged>
    mine.insights[0]!.because = "because somebody said so"
    assert.include(render(smallAnalysis(), mine), "because somebody said so")
    assert.notInclude(render(smallAnalysis()), "because somebody said so")
  })
})

describe("documents of kinds that nobody gave", () => {
  const refusal = (value: unknown): string => {
    const read = decodeDocument(value, "own.json")
    assert.isTrue(Result.isFailure(read))
    return Result.isFailure(read) ? read.failure.message : ""
  }

  it("are refused by their schema with the known ones nearest", () => {
    const message = refusal({ schema: "moira-forecasts/1", moira: "1" })
    assert.include(message, '"moira-forecasts/1"')
    assert.include(message, "known are moira-forecast/1")
  })

  it("name the package that knows them, where they say it", () => {
    const message = refusal({
      schema: "bursts/1",
      moira: "1",
      plugins: [
        { kind: "predictor", name: "p", package: "my-predictor", version: "2.0.0" },
        { kind: "analysis", name: "bursts", package: "my-bursts", version: "1.2.0" }
      ]
    })
    assert.include(message, "package my-bursts 1.2.0 knows it")
  })

  it("of a later version say what this one reads", () => {
    assert.include(refusal({ schema: "moira-advice/3", moira: "9" }), "this version reads moira-advice/2")
  })

  it("that are no results are not taken for some", () => {
    assert.include(refusal({ schema: "bursts/1" }), "not a Moira result")
  })
})
