/** The six insights on traces made with and without each pattern, and on real ones. */
import { assert, describe, it } from "@effect/vitest"
import { renderHtml, renderMarkdown } from "@moira/report"
import { insightsDocument, insightsOf } from "@moira/report/insights"
import { loadKinds } from "@moira/report/node"
import { sharedData } from "@moira/test-data"
import { AnalysisDocument, type Insight, InsightsDocument } from "@moira/results"
import { memoryStore, type TraceRequest } from "@moira/trace"
import { inlineRunner, random } from "@moira/core"
import { nodePlugins } from "@moira/core/node"
import { checked, modelOf, requestOf } from "@moira/trace/testing"
import { Effect } from "effect"
import * as fs from "node:fs"
import { analyse, spatial, temporal } from "@moira/pipeline"
import { inScratch, moira, removeScratch } from "./moira.ts"
import { afterAll } from "vitest"

afterAll(removeScratch)

const shape = { layers: 4, experts: 20, topK: 2 }

/** What is planted in a trace; everything else is uniform. */
interface Plan {
  /** Chance of a token to select one of the hot experts 2 and 3, which lie on one unit of eight. */
  readonly hot?: number
  /** Chance of the next layer to repeat the expert plus five. */
  readonly nextLayer?: number
  /** Chance of the next token to repeat the layer's expert. */
  readonly nextToken?: number
  /** Chance of the second expert to be the partner of the first. */
  readonly partner?: number
  /** Chance of a token to select among four experts that belong to its language. */
  readonly language?: number
  /** Makes low experts more popular, all the way down. */
  readonly skewed?: boolean
  readonly requests?: number
  readonly topK?: number
}

const { experts } = shape

const made = (plan: Plan): ReadonlyArray<TraceRequest> => {
  const { below, uniform } = random(11)
  const {
    hot = 0,
    nextLayer = 0,
    nextToken = 0,
    partner = 0,
    language = 0,
    requests = 120,
    topK = 2,
    skewed = false
  } = plan
  const other = (than: number): number => {
    const id = below(experts - 1)
    return id >= than ? id + 1 : id
  }
  return Array.from({ length: requests }, (_, r) => {
    const chinese = r % 2 === 1
    let last: ReadonlyArray<number> = []
    const token = () => {
      const ids: Array<number> = []
      for (let layer = 0; layer < shape.layers; layer++) {
        const roll = uniform()
        const first =
          roll < hot
            ? 2 + below(2)
            : roll < hot + language
              ? (chinese ? 12 : 4) + below(4)
              : layer > 0 && uniform() < nextLayer
                ? (ids[layer - 1]! + 5) % experts
                : last.length > 0 && uniform() < nextToken
                  ? last[layer]!
                  : skewed
                    ? Math.floor(uniform() ** 3 * experts)
                    : below(experts)
        ids.push(first)
      }
      last = ids
      return ids.map((first) => {
        if (topK === 1) return [first]
        return [first, uniform() < partner ? first ^ 1 : other(first)]
      })
    }
    const tokens = (n: number) => Array.from({ length: n }, token)
    return requestOf(tokens(16), tokens(32), { subject: chinese ? "b" : "a", language: chinese ? "zh" : "en" })
  })
}

const analysisOf = (plan: Plan) => {
  const { topK = 2 } = plan
  return analyse({ analyses: [temporal, spatial], heldOutShare: 0.5, seed: 1 }).pipe(
    Effect.provide([memoryStore(modelOf({ ...shape, topK }), made(plan)), inlineRunner]),
    Effect.map(([document]) => checked(AnalysisDocument, document))
  )
}

const judged = Effect.fnUntraced(function* (plan: Plan) {
  const document = yield* analysisOf(plan)
  checked(InsightsDocument, insightsDocument(document))
  return insightsOf(document)
})

const of = (insights: ReadonlyArray<Insight>, number: number): Insight =>
  insights.find((insight) => insight.number === number)!

describe("verdicts", () => {
  it.effect("uniform routing supports nothing, and advises nothing", () =>
    Effect.gen(function* () {
      const insights = yield* judged({})
      assert.deepStrictEqual(
        insights.map(({ number, verdict }) => [number, verdict]),
        [1, 2, 3, 4, 5, 6].map((number) => [number, "not supported"])
      )
      for (const { parameter, evidence } of insights) {
        assert.isNull(parameter)
        assert.isAbove(evidence.length, 0)
      }
    })
  )

  it.effect("popularity that prefill and decode share supports prediction from prefill", () =>
    Effect.gen(function* () {
      const insight = of(yield* judged({ skewed: true, topK: 1 }), 1)
      assert.strictEqual(insight.verdict, "supported")
      assert.isNotNull(insight.evidence[1]!.interval)
      assert.include(insight.parameter!.advice, "its 4 hottest experts")
    })
  )

  it.effect("hot experts that last support placed work and copies, and nothing else", () =>
    Effect.gen(function* () {
      const insights = yield* judged({ hot: 0.6 })
      for (const number of [3, 4]) assert.strictEqual(of(insights, number).verdict, "supported", String(number))
      for (const number of [2, 6]) assert.strictEqual(of(insights, number).verdict, "not supported", String(number))
      const { values } = of(insights, 4).parameter!
      assert.sameMembers([...(values["experts"] as ReadonlyArray<number>)], [2, 3])
      assert.include(of(insights, 4).parameter!.advice, "duplicate 8 experts")
    })
  )

  it.effect("both relations are needed for the memory hierarchy; one is weak", () =>
    Effect.gen(function* () {
      assert.strictEqual(of(yield* judged({ nextLayer: 0.5, nextToken: 0.6 }), 2).verdict, "supported")
      const one = of(yield* judged({ nextToken: 0.6 }), 2)
      assert.strictEqual(one.verdict, "weak")
      assert.include(one.parameter!.advice, "next token into the slow tier")
      assert.notInclude(one.parameter!.advice, "next layer into")
    })
  )

  it.effect("partners support the separation of pairs, and are named", () =>
    Effect.gen(function* () {
      const insight = of(yield* judged({ partner: 0.6 }), 5)
      assert.strictEqual(insight.verdict, "supported")
      const pairs = insight.parameter!.values["pairs"] as ReadonlyArray<number>
      for (let i = 0; i < pairs.length; i += 2) assert.strictEqual(pairs[i]! ^ 1, pairs[i + 1])
    })
  )

  it.effect("languages of their own experts support workload-aware serving", () =>
    Effect.gen(function* () {
      const insight = of(yield* judged({ language: 0.5 }), 6)
      assert.strictEqual(insight.verdict, "supported")
      const values = insight.parameter!.values
      assert.isAbove(values["language_distance"] as number, 3 * (values["language_noise_floor"] as number))
    })
  )

  it.effect("a top-1 model has no pairs, and few requests support nothing", () =>
    Effect.gen(function* () {
      const pairs = of(yield* judged({ topK: 1 }), 5)
      assert.strictEqual(pairs.verdict, "not testable")
      assert.include(pairs.because, "top-1")
      const few = yield* judged({ hot: 0.6, requests: 8 })
      assert.isFalse(few.some(({ verdict }) => verdict === "supported"))
      assert.include(of(few, 4).because, "too few")
    })
  )

  it.effect("one request: what needs other requests to judge says so", () =>
    Effect.gen(function* () {
      for (const { verdict, because } of yield* judged({ hot: 0.6, requests: 1 })) {
        assert.notStrictEqual(verdict, "supported")
        assert.isAbove(because.length, 10)
      }
    })
  )

  it.effect("an analysis of one side alone leaves the other untested", () =>
    Effect.gen(function* () {
      const document = yield* analysisOf({ skewed: true, topK: 1 })
      const without = insightsOf({ ...document, spatial: null })
      assert.strictEqual(of(without, 4).verdict, "not testable")
      assert.strictEqual(of(without, 1).verdict, "supported")
    })
  )

  it.effect("placement is judged for the units asked for, and as many as experts where they are more", () =>
    Effect.gen(function* () {
      const document = yield* analysisOf({ hot: 0.6 })
      assert.deepStrictEqual(of(insightsOf(document, [4]), 3).parameter!.values["units"], [4])
      assert.include(of(insightsOf(document, [4]), 3).because, "on 4 units")
      const many = of(insightsOf(document, [experts + 1]), 3)
      assert.deepStrictEqual(many.parameter!.values["units"], [experts])
    })
  )

  it.effect("reports show them", () =>
    Effect.gen(function* () {
      const document = yield* analysisOf({ hot: 0.6 })
      const options = { kinds: yield* loadKinds() }
      for (const text of [renderMarkdown([document], options), renderHtml([document], options)]) {
        assert.include(text, "Six insights")
        assert.include(text, "Popular expert decentralisation")
        assert.include(text, "duplicate 8 experts")
      }
    }).pipe(Effect.provide(nodePlugins))
  )
})

const traces = sharedData("traces/patterns")

it.skipIf(traces === undefined)(
  "real Llama 4: five are supported, pairs cannot be tested, and advice on balancing names its batch",
  async () => {
    const store = inScratch("llama4.moira")
    const ingested = await moira("ingest", traces!, "--out", store, "--quiet")
    assert.strictEqual(ingested.code, 0, ingested.stderr)
    const out = inScratch("insights")
    const { code, stdout, stderr } = await moira("insights", store, "--json", "--out", out)
    assert.strictEqual(code, 0, stderr)
    const { digest: _, ...document } = JSON.parse(stdout)
    const { insights } = checked(InsightsDocument, document)
    assert.deepStrictEqual(
      insights.map(({ verdict }: Insight) => verdict),
      ["supported", "supported", "supported", "supported", "not testable", "supported"]
    )
    assert.strictEqual(fs.readFileSync(`${out}/insights.json`, "utf8"), stdout)
    const machine = ["--machine", "dgx-h100", "--units", "16", "--quiet"]
    const advised = await moira("advise", store, ...machine, "--batch", "1024", "--steps", "4")
    assert.strictEqual(advised.code, 0, advised.stderr)
    assert.match(advised.stdout, /^(Yes|Perhaps|No|At batch 1,024).* at 1,024/)
    assert.include(advised.stdout, "degenerate layers, not in these figures: 45")
    const refused = await moira("advise", store, "--machine", "dgx-h100", "--units", "0")
    assert.strictEqual(refused.code, 2)
  }
)

const counts = sharedData("traces/deepseek-671b-counts")

it.skipIf(counts === undefined)(
  "DeepSeek counts: placed by prompts and judged on decode steps, insights refused with a hint",
  async () => {
    const store = inScratch("counts.moira")
    const ingested = await moira("ingest", counts!, "--out", store, "--quiet")
    assert.strictEqual(ingested.code, 0, ingested.stderr)
    const { code, stdout, stderr } = await moira(
      ..."advise --machine dgx-h200 --units 32 --batch 1024 --slots 1 --steps 2 --json --quiet".split(" "),
      store
    )
    assert.strictEqual(code, 0, stderr)
    const { advice } = JSON.parse(stdout)
    assert.match(advice.fittedOn, /^prefill/)
    assert.match(advice.judgedOn, /^decode/)
    assert.isAbove(advice.balance.bound, 1.5)
    const insights = await moira("insights", store)
    assert.strictEqual(insights.code, 1)
    assert.match(insights.stderr, /counts hold no requests.*hint: ask `moira advise`/)
  }
)
