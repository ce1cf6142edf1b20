import { assert, it } from "@effect/vitest"
import { AnalysisDocument } from "../src/analysis/document.ts"
import { resultKinds } from "../src/document-kinds.ts"
import { withoutDigest } from "../src/digest.ts"
import { documentText, evidenceOf } from "../src/kind.ts"
import { SimulationDocument } from "../src/simulation-document.ts"
import { CountsAnalysisDocument } from "../src/counts.ts"
import { metrics } from "../src/metrics/index.ts"
import { version } from "@moira/core"
import { Result, Schema } from "effect"
import * as fs from "node:fs"

const kinds = [resultKinds.analysis, resultKinds.countsAnalysis, resultKinds.simulation]
const decode = Schema.decodeUnknownResult(Schema.Union(kinds.map(({ document }) => document)), {
  errors: "all",
  onExcessProperty: "error"
})

/** JSON has no -0; apart from that a document must come back as it was. */
const withoutNegativeZero = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, inner: unknown) => (inner === 0 ? 0 : inner))

it.prop(
  "any analysis document survives its file",
  [AnalysisDocument],
  ([document]) => {
    const text = documentText(document)
    assert.deepStrictEqual(Result.getOrThrow(decode(withoutDigest(JSON.parse(text)))), withoutNegativeZero(document))
    assert.strictEqual(documentText(Result.getOrThrow(decode(withoutDigest(JSON.parse(text))))), text)
  },
  { arbitrary: { runs: 30, seed: 1 } }
)

it.prop(
  "any counts analysis survives its file",
  [CountsAnalysisDocument],
  ([document]) => {
    const text = documentText(document)
    assert.deepStrictEqual(Result.getOrThrow(decode(withoutDigest(JSON.parse(text)))), withoutNegativeZero(document))
  },
  { arbitrary: { runs: 30, seed: 1 } }
)

it.prop(
  "any simulation document survives its file",
  [SimulationDocument],
  ([drawn]) => {
    // Draws put optional fields in any order, runs write them in the schema's.
    const document = Result.getOrThrow(decode(withoutNegativeZero(drawn)))
    assert.deepStrictEqual(document, withoutNegativeZero(drawn))
    const text = documentText(document)
    assert.deepStrictEqual(Result.getOrThrow(decode(withoutDigest(JSON.parse(text)))), withoutNegativeZero(document))
    assert.strictEqual(documentText(Result.getOrThrow(decode(withoutDigest(JSON.parse(text))))), text)
  },
  { arbitrary: { runs: 30, seed: 1 } }
)

const input = {
  model: "test",
  title: "Test model",
  contentSha256: "0",
  requests: 1,
  prefillTokens: 2,
  decodeTokens: 3,
  layers: [1],
  experts: 4,
  topK: 1,
  origin: "memory"
}
const analysis: AnalysisDocument = {
  schema: "moira-analysis/1",
  moira: version,
  input,
  seed: 1,
  heldOutShare: 0.5,
  temporal: null,
  spatial: null
}
const simulation: SimulationDocument = { schema: "moira-simulation/1", moira: version, input, runs: [] }

it("evidence gives the documents of a kind in the order given", () => {
  const later = { ...analysis, seed: 2 }
  const evidence = evidenceOf([analysis, simulation, later])
  assert.deepStrictEqual(evidence.of(resultKinds.analysis), [analysis, later])
  assert.deepStrictEqual(evidence.of(resultKinds.simulation), [simulation])
  assert.deepStrictEqual(evidence.of(resultKinds.countsAnalysis), [])
})

it("a document is told by its schema", () => {
  assert.strictEqual(Result.getOrThrow(decode(analysis)).schema, "moira-analysis/1")
  assert.strictEqual(Result.getOrThrow(decode(simulation)).schema, "moira-simulation/1")
  assert.isTrue(documentText(simulation).endsWith("}\n"))
})

it.each([
  ["another schema", { ...analysis, schema: "moira-analysis/2" }],
  ["a field too many", { ...analysis, colour: 1 }],
  ["a field too few", { schema: simulation.schema, moira: version, input }],
  ["a number that is none", { ...analysis, heldOutShare: Number.NaN }],
  ["an infinite number", { ...analysis, heldOutShare: Number.POSITIVE_INFINITY }],
  ["a fraction of a request", { ...analysis, input: { ...input, requests: 0.5 } }]
])("refuses a document with %s", (_, document) => {
  assert.isTrue(Result.isFailure(decode(document)))
})

it("every metric is under its own id, with a title, a unit and a definition", () => {
  for (const [id, metric] of metrics) {
    assert.strictEqual(metric.id, id)
    assert.match(id, /^[a-z][a-z0-9_]*$/)
    for (const text of [metric.title, metric.unit, metric.definition]) assert.notStrictEqual(text.trim(), "")
  }
  const titles = [...metrics.values()].map(({ title }) => title)
  assert.strictEqual(new Set(titles).size, titles.length)
})

it("the version is that of package.json", () => {
  const text = fs.readFileSync(new URL("../package.json", import.meta.url), "utf8")
  assert.strictEqual(version, (JSON.parse(text) as { readonly version: string }).version)
})
