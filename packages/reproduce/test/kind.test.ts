/** A reproduction in a report: its documents have no single input. */
import { assert, it } from "@effect/vitest"
import { decodeDocument, renderCsv, renderHtml, renderMarkdown, renderSvgs } from "@moira/report"
import { version } from "@moira/core"
import { Result } from "effect"
import type { ReproductionDocument } from "../src/document.ts"
import reproduction from "../src/kind/index.ts"

const row = { model: "Mixtral", unit: "share", twin: null, real: null } as const
const document: ReproductionDocument = {
  schema: "moira-reproduction/1",
  moira: version,
  seed: 7,
  twins: { requests: 16, prefillTokens: 24, decodeTokens: 64, contentSha256: { "mixtral-8x7b": "ab" } },
  real: {},
  experiments: [
    {
      id: "fig4",
      title: "Figure 4",
      claim: "coverage is high",
      notes: [],
      rows: [
        { ...row, what: "one", published: { value: 0.5 }, twin: 0.51 },
        { ...row, what: "two", published: { value: 0.5 }, twin: 0.9 },
        { ...row, what: "three", published: { atLeast: 0.5 }, why: "no trace" },
        { ...row, what: "four", published: null, twin: 0.3 }
      ]
    }
  ]
}
const options = { kinds: [reproduction] }

it("makes a chapter of its own: message, headline, figure and tables", () => {
  const html = renderHtml([document], options)
  for (const part of [
    "The study, reproduced: 1 of 2 published values agree",
    "1 of 2",
    "1 synthetic twin",
    "0 real traces",
    "How much agrees with what was published",
    "Experiments of the study",
    "Twin of mixtral-8x7b, SHA-256"
  ]) {
    assert.include(html, part)
  }
  assert.include(renderMarkdown([document], options), "# The study, reproduced: 1 of 2 published values agree")
  assert.deepStrictEqual([...renderSvgs([document], options).keys()], ["reproduction-agreement.svg"])
  const csv = renderCsv([document], options)
  assert.match(csv.get("reproduction.csv")!, /Figure 4,coverage is high,1,1,1,1/)
  assert.strictEqual(csv.get("reproduction_values.csv")!.trim().split("\r\n").length, 4)
})

it("is read back", () => {
  const read = decodeDocument([reproduction])(JSON.parse(JSON.stringify(document)), "r.json")
  assert.deepStrictEqual(Result.getOrThrow(read), document)
})
