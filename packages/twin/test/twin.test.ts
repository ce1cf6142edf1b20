import { assert, describe, it } from "@effect/vitest"
import { catalogue, choosableIds, findModel, moeLayers } from "@moira/core"
import { digest, memoryReader } from "@moira/trace/testing"
import { Effect, Stream } from "effect"
import { hash } from "node:crypto"
import { TwinError } from "../src/error.ts"
import { synthesize, type SynthesizeOptions, makeTwin } from "../src/synthesize.ts"
import { twinParameters } from "../src/parameters.ts"
import { tiny } from "./tiny.ts"
import { mean } from "./twin-statistics.ts"

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
            assert.isTrue(row.every((id) => id < choosableIds(model)))
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

  it("a layer is the same whether the others are made or not", () => {
    const whole = makeTwin(options(model)).request(3)
    const part = makeTwin(options(model), { layerIndices: [5, 20] }).request(3)
    const size = (whole.prefillTokens + whole.decodeTokens) * model.topK
    assert.deepStrictEqual(part.ids.subarray(0, size), whole.ids.subarray(5 * size, 6 * size))
    assert.deepStrictEqual(part.ids.subarray(size), whole.ids.subarray(20 * size, 21 * size))
  })

  it("a longer decode begins like a shorter one", () => {
    const of = (decodeTokens: number) => makeTwin({ ...options(model), decodeTokens }).request(0)
    const [short, long] = [of(4), of(40)]
    assert.strictEqual(short.prefillTokens, long.prefillTokens)
    const size = (short.prefillTokens + short.decodeTokens) * model.topK
    assert.deepStrictEqual(long.ids.subarray(0, size), short.ids.subarray(0, size))
  })

  it.effect("another seed gives other requests", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* collect(options(model)), yield* collect(options(model, { seed: 2 }))]
      assert.notInclude(
        b.map((request) => hash("sha256", request.ids)),
        hash("sha256", a[0]!.ids)
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
        assert.instanceOf(error, TwinError)
        assert.deepStrictEqual([error.reason, error.where], ["BadOption", Object.keys(change)[0]])
      }
    })
  )
})
