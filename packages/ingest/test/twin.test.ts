import { assert, describe, it } from "@effect/vitest"
import { catalogue, findModel, memoryReader, moeLayers } from "@moira/trace"
import { Effect, Stream } from "effect"
import { IngestError, synthesize, type SynthesizeOptions } from "../src/index.ts"
import { twinParameters } from "../src/twin/parameters.ts"
import { makeTwin } from "../src/twin/synthesize.ts"
import { digest } from "../src/conformance/outcome.ts"
import { tiny } from "./tiny.ts"
import { cosine, coverage, layerCounts, mean, repetition, sharedHot, skew, type Trace } from "./twin-statistics.ts"

const options = (model: SynthesizeOptions["model"], change: Partial<SynthesizeOptions> = {}): SynthesizeOptions => ({
  model,
  requests: 5,
  prefillTokens: 6,
  decodeTokens: 4,
  seed: 1,
  languages: ["en", "zh"],
  ...change
})

const collect = Effect.fnUntraced(function* (wanted: SynthesizeOptions) {
  const { requests } = yield* synthesize(wanted)
  return yield* Stream.runCollect(requests)
})

describe("the twin of every model of the catalogue, and of one's own", () => {
  for (const model of [
    ...catalogue,
    tiny,
    { ...tiny, id: "tiny-groups", routing: { groups: 6, groupsPerToken: 2 } },
    { ...tiny, id: "tiny-top-1", topK: 1 }
  ]) {
    it.effect(model.id, () =>
      Effect.gen(function* () {
        const requests = yield* collect(options(model))
        const { topK, experts } = model
        for (const { ids, prefillTokens, decodeTokens } of requests) {
          assert.isTrue(prefillTokens >= 1 && decodeTokens >= 1 && decodeTokens <= 4)
          assert.strictEqual(ids.length, moeLayers(model).length * (prefillTokens + decodeTokens) * topK)
          for (let at = 0; at < ids.length; at += topK) {
            const row = [...ids.subarray(at, at + topK)]
            assert.strictEqual(new Set(row).size, topK)
            assert.isTrue(row.every((id) => id < experts))
            if (model.routing === undefined) continue
            const groups = new Set(row.map((id) => Math.floor(id / (experts / model.routing!.groups))))
            assert.isAtMost(groups.size, model.routing.groupsPerToken)
          }
        }
        assert.strictEqual(memoryReader(model, requests).manifest.counts.requests, requests.length)
        assert.isNotEmpty(twinParameters(model).reason)
      })
    )
  }
})

describe("determinism", () => {
  const model = findModel("gpt-oss-20b")!

  it.effect("the same options give the same requests, alone, in a row and in a longer row", () =>
    Effect.gen(function* () {
      const digests = (yield* collect(options(model))).map(digest)
      assert.strictEqual(new Set(digests).size, digests.length)
      assert.deepStrictEqual((yield* collect(options(model))).map(digest), digests)
      assert.deepStrictEqual((yield* collect(options(model, { requests: 9 }))).map(digest).slice(0, 5), digests)
      const twin = makeTwin(options(model))
      assert.deepStrictEqual(
        [4, 0, 3, 1, 2].map((index) => digest(twin.request(index))),
        [4, 0, 3, 1, 2].map((index) => digests[index]!)
      )
    })
  )

  it.effect("another seed gives other requests", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* collect(options(model)), yield* collect(options(model, { seed: 2 }))]
      assert.notInclude(
        b.map((request) => request.sha256),
        a[0]!.sha256
      )
    })
  )

  it.effect("the origin says how to make it again", () =>
    Effect.gen(function* () {
      const { origin } = yield* synthesize(options(model, { languages: ["zh", "en"] }))
      assert.deepStrictEqual(origin, {
        format: "synthetic",
        options: {
          model: "gpt-oss-20b",
          requests: 5,
          prefillTokens: 6,
          decodeTokens: 4,
          seed: 1,
          languages: ["en", "zh"]
        }
      })
    })
  )
})

describe("requests", () => {
  const many = (change: Partial<SynthesizeOptions>) =>
    collect(options(tiny, { requests: 560, prefillTokens: 20, decodeTokens: 32, ...change }))

  it.effect("take the benchmarks of the wanted languages in turn", () =>
    Effect.gen(function* () {
      const benchmarks = (languages: SynthesizeOptions["languages"]) =>
        Effect.map(many({ languages, requests: 14 }), (all) => new Set(all.map((r) => `${r.benchmark} ${r.language}`)))
      assert.deepStrictEqual([...(yield* benchmarks(["en"]))], ["mmlu en", "livecodebench en"])
      assert.deepStrictEqual([...(yield* benchmarks(["zh"]))], ["mmlu_ZH_CN zh", "Chinese-SimpleQA zh"])
      assert.deepStrictEqual(
        [...(yield* benchmarks(["zh", "en"]))],
        ["mmlu en", "mmlu_ZH_CN zh", "Chinese-SimpleQA zh", "livecodebench en"]
      )
      const subjects = (benchmark: string) =>
        Effect.map(many({ requests: 14 }), (all) => all.filter((r) => r.benchmark === benchmark).map((r) => r.subject))
      assert.deepStrictEqual(yield* subjects("mmlu"), yield* subjects("mmlu_ZH_CN"))
    })
  )

  it.effect("have prompts of varying length round the mean, and mostly end at the decode limit", () =>
    Effect.gen(function* () {
      const all = yield* many({})
      const prompts = all.map((request) => request.prefillTokens)
      assert.approximately(mean(prompts), 20, 2)
      assert.isAbove(new Set(prompts).size, 30)
      assert.isTrue(Math.min(...prompts) >= 1 && Math.max(...prompts) <= 80)
      const ended = all.filter((request) => request.decodeTokens === 32).length / all.length
      assert.isTrue(ended > 0.9 && ended < 1, `${ended}`)
      assert.isTrue((yield* many({ prefillTokens: 1, decodeTokens: 0 })).every((request) => request.decodeTokens === 0))
    })
  )

  it.effect("that cannot be made are refused", () =>
    Effect.gen(function* () {
      const bad: ReadonlyArray<Partial<SynthesizeOptions>> = [
        { requests: 0 },
        { requests: 1.5 },
        { prefillTokens: 0 },
        { decodeTokens: -1 },
        { seed: Number.NaN },
        { languages: [] },
        { model: { ...tiny, routing: { groups: 12, groupsPerToken: 1 } } },
        { languages: ["en", "fr" as "en"] }
      ]
      for (const change of bad) {
        const error = yield* Effect.flip(synthesize(options(tiny, change)))
        assert.instanceOf(error, IngestError)
        assert.deepStrictEqual([error.reason, error.where], ["BadOption", Object.keys(change)[0]])
      }
    })
  )
})

describe("statistics of the four models of the study", () => {
  /** Published shares that the top 20 % cover, Ob1 and Ob2 (Fig 4, 5), and what the skew may be. */
  const published = [
    { id: "deepseek-v3", layer: 0.5, token: 0.47, skew: [5.6, 8.1] },
    { id: "qwen3-235b", layer: 0.65, token: 0.62, skew: [5, 12] },
    { id: "llama4-maverick", layer: 0.77, token: 0.8, skew: [10, 25] },
    { id: "kimi-k2", layer: 0.56, token: 0.53, skew: [5, 12] }
  ] as const

  for (const expected of published) {
    it.effect(
      `${expected.id}: coverage, skew, repetition, languages and phases`,
      () =>
        Effect.gen(function* () {
          const model = findModel(expected.id)!
          const wanted = options(model, { requests: 42, prefillTokens: 24, decodeTokens: 64 })
          const trace: Trace = { model, requests: yield* collect(wanted) }
          const found = coverage(trace)
          assert.approximately(found.layer, expected.layer, 0.05, "Ob1")
          assert.approximately(found.token, expected.token, 0.05, "Ob2")
          assert.isBelow(found.popularity, Math.min(found.layer, found.token) - 0.01, "popularity alone")
          const [least, most] = expected.skew
          assert.isTrue(skew(trace) >= least && skew(trace) <= most, `skew ${skew(trace)}`)

          const third = Math.floor(moeLayers(model).length / 3)
          const repeats = moeLayers(model).map((_, layerIndex) => repetition(trace, layerIndex))
          assert.isAbove(mean(repeats.slice(-third)), 1.1 * mean(repeats.slice(0, third)), "upper layers repeat more")

          const part = (keep: (request: (typeof trace.requests)[number]) => boolean): Trace => ({
            model,
            requests: trace.requests.filter(keep)
          })
          const subject = (benchmark: string, name: string) =>
            part((r) => r.benchmark === benchmark && r.subject === name)
          const english = subject("mmlu", "anatomy")
          const hot = Math.round(model.experts / 10)
          const sameLanguage = sharedHot(english, subject("mmlu", "philosophy"), hot)
          const otherLanguage = sharedHot(english, subject("mmlu_ZH_CN", "philosophy"), hot)
          assert.isAbove(sameLanguage, otherLanguage + 0.03, "English subjects share more than English and Chinese")
          assert.isAbove(otherLanguage, 0.15, "some experts are hot in both")
          assert.isAbove(
            sharedHot(english, subject("mmlu_ZH_CN", "anatomy"), hot),
            otherLanguage,
            "a subject is alike in both languages"
          )

          const [one, other] = [part((r) => r === trace.requests[0]), part((r) => r === trace.requests[7])]
          const alike = (a: Trace, b: Trace) =>
            mean(
              moeLayers(model).map((_, layer) =>
                cosine(layerCounts(a, layer, "prefill"), layerCounts(b, layer, "decode"))
              )
            )
          assert.isAbove(alike(one, one), alike(other, one), "a request's prefill tells of its own decode")
        }),
      60_000
    )
  }
})
