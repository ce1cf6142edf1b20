/** Twins of a few layers of the four models of the study against bands round what was published or measured. */
import { assert, describe, it } from "@effect/vitest"
import { findModel, type Model, moeLayers } from "@moira/core"
import { twinParameters } from "../src/parameters.ts"
import { makeTwin } from "../src/synthesize.ts"
import {
  cosine,
  coverage,
  diagonal,
  heldOut,
  layerCounts,
  mean,
  pairShare,
  phaseOverlap,
  phaseRhos,
  repetition,
  sharedHot,
  skew,
  type Trace
} from "./twin-statistics.ts"

/** Two lower, two middle and two upper MoE layers of a model's twin, each pair neighbours. */
const reduced = (id: string, requests: number): Trace => {
  const model = findModel(id)!
  const last = moeLayers(model).length - 1
  const layerIndices = [0, 1, last >> 1, (last >> 1) + 1, last - 1, last]
  const twin = makeTwin(
    { model, prefillTokens: 24, decodeTokens: 64, seed: 1, languages: ["en", "zh"] },
    { layerIndices }
  )
  const few: Model = { ...model, layers: 6, moe: { first: 0, last: 5, every: 1 } }
  return {
    model: few,
    requests: Array.from({ length: requests }, (_, index) => twin.request(index)),
    follows: (layerIndex) => layerIndex % 2 === 0
  }
}

/**
 * Published shares that the top 20 % cover (Ob1 and Ob2, Fig 4 and 5), and the bands of the rest: what was published or
 * measured (docs/reference/twin.md), widened by how far six layers stray from all. Coverage in sample takes the more
 * requests to settle the fewer selections a token has for the cells of a heatmap.
 */
const published = [
  { id: "deepseek-v3", layer: 0.5, token: 0.47, skew: [5, 9], pairs: 0.45, repeats: [0.06, 0.25], requests: 400 },
  { id: "qwen3-235b", layer: 0.65, token: 0.62, skew: [4, 12], pairs: 0.55, repeats: [0.15, 0.5], requests: 200 },
  {
    id: "llama4-maverick",
    layer: 0.77,
    token: 0.8,
    skew: [11, 25],
    pairs: undefined,
    repeats: [0.2, 0.4],
    requests: 900
  },
  { id: "kimi-k2", layer: 0.56, token: 0.53, skew: [5, 14], pairs: 0.5, repeats: [0.07, 0.3], requests: 400 }
] as const

for (const expected of published) {
  describe(expected.id, () => {
    const trace = reduced(expected.id, expected.requests)
    const { model } = trace
    const layers = moeLayers(model).map((_, index) => index)
    const part = (keep: (request: (typeof trace.requests)[number]) => boolean): Trace => ({
      ...trace,
      requests: trace.requests.filter(keep)
    })

    it("coverage of layers and tokens is near the published one, and popularity alone is below", () => {
      const found = coverage(trace)
      assert.approximately(found.layer.all, expected.layer, 0.04, "Ob1, all experts")
      assert.approximately(found.token.all, expected.token, 0.04, "Ob2, all experts")
      assert.approximately(found.layer.hottest, expected.layer, 0.07, "Ob1, hottest expert")
      assert.approximately(found.token.hottest, expected.token, 0.07, "Ob2, hottest expert")
      assert.isBelow(found.popularity, Math.min(found.layer.all, found.token.all) - 0.01)
      const byLayer = heldOut(trace, "layer")
      assert.isAbove(byLayer.given, byLayer.popularity, "held out, layer")
      const byToken = heldOut(trace, "token", layers.slice(-2))
      assert.isAbove(byToken.given, byToken.popularity, "held out, token, at the upper layers")
    })

    it("the hottest experts are as hot as they should be", () => {
      const [least, most] = expected.skew
      const found = skew(trace)
      assert.isTrue(found >= least && found <= most, `skew ${found}`)
    })

    it("tokens repeat experts, in upper layers most", () => {
      const [least, most] = expected.repeats
      const repeats = layers.map((l) => repetition(trace, l))
      assert.isTrue(mean(repeats) >= least && mean(repeats) <= most, `${mean(repeats)}`)
      const lifts = layers.map((l) => diagonal(trace, l))
      assert.isAbove(mean(lifts.slice(-2)), 1.15 * mean(lifts.slice(0, 2)))
    })

    it("decode is like the prompts, and not too like them", () => {
      const rhos = phaseRhos(trace)
      assert.isAtLeast(rhos.filter((rho) => rho >= 0.7).length, 5, rhos.join(" "))
      assert.isBelow(mean(rhos), 0.93)
      assert.approximately(phaseOverlap(trace, 5), 0.62, 0.17)
      assert.approximately(phaseOverlap(trace, 10), 0.72, 0.15)
      assert.isAtLeast(phaseOverlap(trace, 20), 0.6)
    })

    it("few pairs of experts make up much of what is activated together", () => {
      if (expected.pairs === undefined) assert.strictEqual(model.topK, 1, "a top-1 model has no pairs")
      else assert.isAbove(pairShare(trace), expected.pairs)
    })

    it("languages, subjects and requests have preferences of their own", () => {
      const english = part((r) => r.benchmark === "mmlu")
      const chinese = part((r) => r.benchmark === "mmlu_ZH_CN")
      const shared = mean([5, 6].map((n) => sharedHot(english, chinese, n)))
      assert.isTrue(shared > 0.2 && shared < 0.6, `hot in both languages: ${shared}`)
      const subject = (from: Trace, name: string): Trace => ({
        ...from,
        requests: from.requests.filter((r) => r.subject === name)
      })
      const names = [...new Set(english.requests.map((r) => r.subject))]
      const pairsOf = (turn: number, from: Trace) =>
        mean(names.map((a, n) => sharedHot(subject(english, a), subject(from, names[(n + turn) % names.length]!), 20)))
      assert.isAbove(pairsOf(0, chinese), pairsOf(1, chinese), "a subject is alike in both languages")
      assert.isAbove(pairsOf(1, english), pairsOf(1, chinese), "subjects differ less than subjects and languages")
      assert.isBelow(pairsOf(1, english), 1, "subjects differ")
      const [one, other] = [part((r) => r === trace.requests[0]), part((r) => r === trace.requests[7])]
      const similar = (a: Trace, b: Trace) =>
        mean(layers.map((l) => cosine(layerCounts(a, l, "prefill"), layerCounts(b, l, "decode"))))
      assert.isAbove(similar(one, one), similar(other, one), "a request's prefill tells of its own decode")
    })
  })
}

describe("the form of the generator", () => {
  const model = findModel("deepseek-v3")!
  const at = { model, prefillTokens: 16, decodeTokens: 32, seed: 1, languages: ["en"] as const }
  const trace = (change: Partial<ReturnType<typeof twinParameters>>, decodeTokens = at.decodeTokens): Trace => {
    const parameters = { ...twinParameters(model), ...change }
    const twin = makeTwin({ ...at, decodeTokens }, { parameters, layerIndices: [20, 40] })
    return {
      model: { ...model, layers: 2, moe: { first: 0, last: 1, every: 1 } },
      requests: Array.from({ length: 40 }, (_, index) => twin.request(index))
    }
  }

  it("a phase shift sets decode apart from the prompts, the more the longer the decode", () => {
    const rho = (from: Trace) => mean(phaseRhos(from))
    const none = rho(trace({ phase: [0, 0] }))
    const some = rho(trace({ phase: [0.6, 0.6] }))
    assert.isAbove(none, some + 0.1)
    assert.isAbove(rho(trace({ phase: [0.1, 1.2] })), rho(trace({ phase: [0.1, 1.2] }, 400)) + 0.05)
  })

  it("clusters concentrate pairs", () => {
    // Nothing else may concentrate them, so that chance is all there is to compare with.
    const even = { popularity: 0, hot: 0, token: 0, language: 0, topic: 0, request: 0 }
    assert.isAbove(pairShare(trace({ ...even, cluster: 3 })), pairShare(trace({ ...even, cluster: 0 })) + 0.2)
  })

  it("hot experts stay the hottest in both phases", () => {
    const shift = { phase: [0.4, 0.4] as const }
    assert.isAbove(phaseOverlap(trace({ ...shift, hot: 1.2 }), 20), phaseOverlap(trace({ ...shift, hot: 0 }), 20) + 0.1)
  })
})
