/** Faults of recorders are told by what they leave in the ids; sound requests are told of nothing. */
import { assert, describe, it } from "@effect/vitest"
import { catalogue, type Model, moeLayers, random } from "@moira/core"
import { makeModel } from "@moira/core/testing"
import { missingExpert, type TraceRequest } from "@moira/trace"
import type { Decoded } from "../src/source.ts"
import { decoderOf } from "../src/parts/per-file.ts"
import { suspicionsFor } from "../src/parts/suspicions.ts"

type Row = ReadonlyArray<number>

const modelOf = (experts: number, topK: number, layers = 24): Model =>
  makeModel({ layers, moe: { first: 0, last: layers - 1, every: 1 }, experts, topK })

/** Ids of a request from the row of each layer and token. */
const requestOf = (
  model: Model,
  prefillTokens: number,
  decodeTokens: number,
  row: (layer: number, token: number) => Row
): TraceRequest => {
  const tokens = prefillTokens + decodeTokens
  const rows = moeLayers(model).flatMap((_, layer) => Array.from({ length: tokens }, (__, token) => row(layer, token)))
  const labels = { benchmark: "b", subject: "s", language: "en", source: "made up" }
  return { ...labels, prefillTokens, decodeTokens, ids: Uint16Array.from(rows.flat()) }
}

/** A ranking of all experts for each layer and token, low experts of a layer's own order more likely first. */
const rankings = (model: Model, seed: number) => {
  const made = new Map<string, Row>()
  const { uniform } = random(seed)
  const skew = moeLayers(model).map(() => Array.from({ length: model.experts }, () => uniform() ** 3))
  return (layer: number, token: number): Row => {
    const key = `${layer} ${token}`
    const known = made.get(key)
    if (known !== undefined) return known
    const scores = skew[layer]!.map((likely) => likely + uniform())
    const ranking = [...scores.keys()].toSorted((a, b) => scores[b]! - scores[a]!)
    made.set(key, ranking)
    return ranking
  }
}

const sound = (model: Model, seed: number) => {
  const rank = rankings(model, seed)
  return (layer: number, token: number): Row => rank(layer, token).slice(0, model.topK)
}

const told = (model: Model, request: TraceRequest): string =>
  (suspicionsFor(model)(request).remarks ?? []).map(({ kind, what }) => `${kind}: ${what}`).join("\n")

const shapes = [
  [8, 2],
  [32, 4],
  [60, 4],
  [64, 6],
  [128, 1],
  [128, 8],
  [384, 8]
] as const

describe("sound requests", () => {
  for (const [experts, topK] of shapes)
    it(`of ${experts} experts, top-${topK}, are told of nothing, and given back as they are`, () => {
      const model = modelOf(experts, topK)
      for (const [prefill, decode] of [
        [0, 40],
        [2, 1],
        [30, 0],
        [70, 30],
        [1, 0],
        [0, 0]
      ] as const) {
        const request = requestOf(model, prefill, decode, sound(model, experts + prefill))
        assert.strictEqual(suspicionsFor(model)(request), request)
      }
    })

  it("are of small models too, where the same choice comes again by chance", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const model = modelOf(4, 1, 2)
      assert.strictEqual(told(model, requestOf(model, 30, 30, sound(model, seed))), "")
    }
  })
})

describe("a stale buffer", () => {
  const model = modelOf(32, 4)
  const row = sound(model, 1)

  it("repeats every decode token, or those of some replays", () => {
    const all = requestOf(model, 12, 16, (layer, token) => row(layer, Math.min(token, 12)))
    assert.match(
      told(model, all),
      /^warning: many decode tokens choose the same experts as the token before.*stale buffer/
    )
    const half = requestOf(model, 12, 16, (layer, token) => row(layer, Math.min(token, 20)))
    assert.match(told(model, half), /decode tokens/)
    const pairs = requestOf(model, 0, 200, (layer, token) => row(layer, token - (token % 2)))
    assert.match(told(model, pairs), /decode tokens/)
  })

  it("may be of the prompt", () => {
    assert.match(
      told(
        model,
        requestOf(model, 12, 4, (layer, token) => row(layer, Math.max(11, token)))
      ),
      /prompt tokens/
    )
  })

  it("is none where one layer repeats, where two tokens do, or where nothing was recorded", () => {
    assert.strictEqual(
      told(
        model,
        requestOf(model, 12, 16, (layer, token) => row(layer, layer < 23 ? 0 : token))
      ),
      ""
    )
    assert.strictEqual(
      told(
        model,
        requestOf(model, 4, 16, (layer, token) => row(layer, Math.max(token, 6)))
      ),
      ""
    )
    const holes = Array.from({ length: 4 }, () => missingExpert)
    assert.strictEqual(
      told(
        model,
        requestOf(model, 4, 16, (layer, token) => (token < 4 ? row(layer, token) : holes))
      ),
      ""
    )
  })
})

describe("dummy routes", () => {
  const model = modelOf(64, 6)
  const row = sound(model, 2)
  const dummy = [0, 1, 2, 3, 4, 5]

  it("are told where some tokens are, and where all are", () => {
    const padded = requestOf(model, 20, 8, (layer, token) => (token >= 24 ? dummy : row(layer, token)))
    assert.match(told(model, padded), /^warning: some tokens choose experts 0 to 5, in this order, at every layer/)
    assert.match(
      told(
        model,
        requestOf(model, 3, 1, () => dummy)
      ),
      /warning: every token chooses experts 0 to 5/
    )
  })

  it("are none at some layers only, nor where a model uses all of its experts", () => {
    const some = requestOf(model, 20, 8, (layer, token) => (token > 24 && layer > 0 ? dummy : row(layer, token)))
    assert.strictEqual(told(model, some), "")
    const dense = modelOf(6, 6)
    assert.notMatch(
      told(
        dense,
        requestOf(dense, 20, 8, () => dummy)
      ),
      /in this order/
    )
  })
})

describe("a strided view", () => {
  for (const [experts, topK] of shapes)
    it(`of ${experts} experts, top-${topK}, deals out the ranking of one token after another`, () => {
      const model = modelOf(experts, topK, 10)
      const block = experts / topK
      const cache = new Map<string, Row>()
      const ranked = (layer: number, token: number): Row => {
        const key = `${layer} ${token}`
        if (!cache.has(key)) {
          const { uniform } = random(layer * 131 + token)
          const scores = Array.from({ length: experts }, uniform)
          cache.set(
            key,
            [...scores.keys()].toSorted((x, y) => scores[x]! - scores[y]!)
          )
        }
        return cache.get(key)!
      }
      /** A batch that begins at `first`: its rows are pieces of the rankings of its tokens, laid end to end. */
      const strided =
        (first: number, end: number) =>
        (layer: number, token: number): Row => {
          if (token < first || token >= end) return ranked(layer, 1000 + token).slice(0, topK)
          return Array.from({ length: topK }, (_, k) => {
            const at = (token - first) * topK + k
            return ranked(layer, Math.floor(at / experts))[at % experts]!
          })
        }
      const long = Math.ceil(2.5 * block) + 2
      for (const [prefill, decode, first] of [
        [long, 4, 0],
        [long, 0, 2],
        [Math.max(5, Math.floor(block / 2)), 3, 0]
      ] as const) {
        const found = told(model, requestOf(model, prefill, decode, strided(first, prefill)))
        assert.match(found, /warning: from the start of a batch on.*strided view/, `${prefill} ${decode} ${first}`)
        // llama.cpp drops the rows of prompt tokens without an output before the experts of the last layer.
        const { length } = moeLayers(model)
        const cut = requestOf(model, prefill, decode, (layer, token) =>
          layer === length - 1 && token < prefill - 1
            ? Array.from({ length: topK }, () => missingExpert)
            : strided(first, prefill)(layer, token)
        )
        assert.match(told(model, cut), /strided view/, `cut, ${prefill} ${decode} ${first}`)
      }
    })
})

describe("narrow types", () => {
  it("clamp ids to their last, or wrap them round", () => {
    for (const [experts, topK, most] of [
      [384, 8, 255],
      [512, 10, 255],
      [160, 8, 127]
    ] as const) {
      const model = modelOf(experts, topK)
      const row = sound(model, experts)
      const clamped = requestOf(model, 20, 20, (layer, token) => row(layer, token).map((id) => Math.min(id, most)))
      assert.match(told(model, clamped), new RegExp(`no id is above ${most}, .*8-bit type; ${most} is chosen far more`))
      const wrapped = requestOf(model, 20, 20, (layer, token) => row(layer, token).map((id) => id % (most + 1)))
      assert.match(told(model, wrapped), new RegExp(`no id is above ${most}, .*wrapped round`))
    }
  })

  it("are not told where few rows could as well be so, nor where a model has no more experts", () => {
    const model = modelOf(384, 8)
    const row = sound(model, 5)
    assert.strictEqual(
      told(
        model,
        requestOf(model, 1, 1, (layer, token) => row(layer, token).map((id) => id % 256))
      ),
      ""
    )
    const fits = modelOf(256, 8)
    assert.strictEqual(told(fits, requestOf(fits, 20, 20, sound(fits, 6))), "")
  })
})

it("every request that a decoder gives is looked through, bad records are passed on", () => {
  const model = modelOf(32, 4)
  const row = sound(model, 1)
  const stale = requestOf(model, 4, 16, (layer, token) => row(layer, Math.min(token, 4)))
  const bad: Decoded = { bad: { reason: "Malformed", where: "line 2", what: "w", hint: "h" } }
  const decode = decoderOf(() => () => [requestOf(model, 4, 16, row), bad, stale])(model, {})
  const found = [...decode({ path: "f" })]
  assert.deepStrictEqual(
    found.map((one) => ("bad" in one ? "bad" : (one.remarks ?? []).length)),
    [0, "bad", 1]
  )
})

it("no model of the catalogue makes a request of few and even choices suspicious", () => {
  for (const model of catalogue) {
    const { below } = random(3)
    const even = (): Row => {
      const ids = new Set<number>()
      while (ids.size < model.topK) ids.add(below(model.experts))
      return [...ids]
    }
    for (const [prefill, decode] of [
      [2, 1],
      [9, 5],
      [40, 10]
    ] as const)
      assert.strictEqual(told(model, requestOf(model, prefill, decode, even)), "", model.id)
  }
})
