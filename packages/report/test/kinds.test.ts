/** Every kind of result and every format that lies in its folder is held to its contract; broken ones are found. */
import { assert, describe, it } from "@effect/vitest"
import { builtinPlugins } from "@moira/core/testing"
import type { ResultDocument } from "@moira/results"
import { resultKindConformance } from "@moira/results/testing"
import { Effect, Exit } from "effect"
import type { Figure } from "../src/figure.ts"
import { insightsDocument } from "../src/kinds/insights/judge.ts"
import type { ReportedKind } from "../src/reported-kind.ts"
import { type Reporter, reporterKind } from "../src/reporter.ts"
import { column } from "../src/table.ts"
import { resultKind } from "../src/result-kind.ts"
import { type KindExamples, reportedKindChecks, reportedKindConformance } from "../src/testing/kind-checks.ts"
import { reporterChecks, reporterConformance } from "../src/testing/reporter-checks.ts"
import { advice } from "./sample/advice.ts"
import { analysis } from "./sample/analysis.ts"
import { comparison } from "./sample/comparison.ts"
import { counts } from "./sample/counts.ts"
import { forecast } from "./sample/forecast.ts"
import { offload } from "./sample/offload.ts"
import { place } from "./sample/place.ts"
import { kinds } from "./sample/render.ts"
import { simulation } from "./sample/simulation.ts"
import { small, smallAnalysis, smallSimulation } from "./sample/small.ts"

/** By the name of the kind's folder: a new kind needs examples here. */
const examples: Readonly<Record<string, KindExamples>> = {
  advice: { documents: [advice()], named: ["8 units", "contiguous", "held out"] },
  analysis: { documents: [analysis()], named: ["held out", "popularity alone"] },
  comparison: { documents: [comparison()], named: ["batch 4,096", "over ep", "dojo, hbm 3.35 TB/s"] },
  "counts-analysis": { documents: [counts()] },
  forecast: { documents: [forecast()], named: ["unseen requests", "popularity"] },
  insights: { documents: [insightsDocument(smallAnalysis())] },
  offload: { documents: [offload()], named: ["LRU", "offload-pcie5"] },
  place: { documents: [place()], named: ["present layout", "judged on"] },
  simulation: { documents: [simulation()], named: ["over ep", "at batch"] }
}

for (const { name, plugin } of await Effect.runPromise(builtinPlugins(resultKind))) {
  const given = examples[name]
  if (given === undefined) throw new Error(`kind ${name} has no examples in kinds.test.ts`)
  resultKindConformance(
    plugin,
    given.documents.filter(({ schema }) => schema === plugin.schema)
  )
  reportedKindConformance(plugin, given)
}

const documents = [smallAnalysis(), smallSimulation()]
for (const { name, plugin } of await Effect.runPromise(builtinPlugins(reporterKind)))
  reporterConformance(name, plugin, documents, { kinds })

/** Names of the checks that fail. */
const failing = (checks: ReturnType<typeof reporterChecks>): ReadonlyArray<string> =>
  checks.flatMap(({ name, run }) => (Exit.isFailure(Effect.runSyncExit(run)) ? [name] : []))

const finds = (names: ReadonlyArray<string>, what: string): boolean => names.some((name) => name.includes(what))

describe("a broken kind is found:", () => {
  const good = kinds.find(({ id }) => id === "place")!
  const given = { documents: [place(small)], named: ["present layout"] }
  const figure = good.figures[0]!
  const table = good.tables[0]!
  const drawn = (change: (figure: Figure) => Figure) => ({
    figures: [{ ...figure, draw: (evidence: Parameters<typeof figure.draw>[0]) => change(figure.draw(evidence)!) }]
  })
  const filled = (rows: ReadonlyArray<ReadonlyArray<number | null>>) => ({
    tables: [
      { ...table, fill: () => ({ id: table.id, title: "A table", columns: [column("units", "Units", "whole")], rows }) }
    ]
  })
  let calls = 0
  const mutants: ReadonlyArray<readonly [string, Partial<ReportedKind>, string]> = [
    ["a figure in a section of nobody's", { sections: [] }, "sections of its own"],
    ["a figure twice", { figures: [figure, figure] }, "each id once"],
    ["a title that is undefined", drawn((f) => ({ ...f, title: "undefined" })), "draws every figure"],
    ["NaN in a picture", drawn((f) => ({ ...f, svg: f.svg.replace("<text", `<text x="NaN"`) })), "draws every figure"],
    ["a figure of nothing", { figures: [{ ...figure, draw: () => undefined }] }, "draws every figure"],
    ["NaN in a table", filled([[Number.NaN]]), "fills a table"],
    ["a cell too many", filled([[1, 2]]), "fills a table"],
    ["rows without documents", filled([[1]]), "what is not there"],
    ["no table", { tables: [] }, "fills a table"],
    [
      "a headline that does not say against what",
      { headlines: [{ order: 1, of: () => [{ value: "2×", label: "faster", detail: "than before" }] }] },
      "headlines"
    ],
    [
      "a headline with NaN",
      { headlines: [{ order: 1, of: () => [{ value: "NaN×", label: "present layout", detail: "judged" }] }] },
      "headlines"
    ],
    ["a metric that nobody defines", { metricsShown: () => ["warp_factor"] }, "metrics"],
    ["something new each time", { warnings: () => [`warning ${calls++}`] }, "the same again"],
    ["warnings without documents", { warnings: () => ["careful"] }, "what is not there"]
  ]
  it("the whole one passes", () => assert.deepStrictEqual(failing(reportedKindChecks(good, given)), []))
  for (const [what, change, name] of mutants) {
    it(what, () => assert.isTrue(finds(failing(reportedKindChecks({ ...good, ...change }, given)), name)))
  }
  it("one that writes into the documents", () => {
    const own = structuredClone(given.documents) as unknown as Array<{ moira: string } & ResultDocument>
    const spoil = { ...good, warnings: () => [(own[0]!.moira += "!")] }
    assert.isTrue(finds(failing(reportedKindChecks(spoil, { documents: own })), "leaves the documents"))
  })
})

describe("a broken format is found:", () => {
  const good: Reporter = {
    contract: "report/v1",
    summary: "a count",
    files: (given) => new Map([["count.txt", JSON.stringify(given.map(({ moira }) => moira))]])
  }
  const files = (entries: () => ReadonlyArray<readonly [string, string]>): Partial<Reporter> => ({
    files: () => new Map(entries())
  })
  let calls = 0
  const mutants: ReadonlyArray<readonly [string, Partial<Reporter>, string]> = [
    ["no summary", { summary: "" }, "says its contract"],
    ["a file outside the folder", files(() => [["../x.txt", "x"]]), "below its folder"],
    ["an absolute path", files(() => [["/x.txt", "x"]]), "below its folder"],
    ["an empty file", files(() => [["x.txt", ""]]), "below its folder"],
    ["no file", files(() => []), "below its folder"],
    ["other bytes each time", files(() => [["x.txt", String(calls++)]]), "the same bytes"],
    ["always the same", files(() => [["x.txt", "x"]]), "depends on the documents"],
    ["throws without documents", { files: (given) => new Map([["x.txt", given[0]!.schema]]) }, "without throwing"]
  ]
  const run = (reporter: Reporter) => failing(reporterChecks(reporter, documents, { kinds }))
  it("the whole one passes", () => assert.deepStrictEqual(run(good), []))
  for (const [what, change, name] of mutants) it(what, () => assert.isTrue(finds(run({ ...good, ...change }), name)))
})
