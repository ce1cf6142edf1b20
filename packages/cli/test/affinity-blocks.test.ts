/** Affinity blocks on the twins: DeepSeek's router groups are found, and nothing is where there is nothing. */
import { assert, it } from "@effect/vitest"
import { synthesize } from "@moira/twin"
import { pairs } from "@moira/spatial"
import { findModel, type Model, random } from "@moira/core"
import { type TraceRequest } from "@moira/trace"
import { analyse } from "@moira/trace/testing"
import { Effect, Stream } from "effect"

const twin = Effect.fnUntraced(function* (model: Model, requests: number) {
  const made = yield* synthesize({
    model,
    requests,
    prefillTokens: 24,
    decodeTokens: 64,
    seed: 3,
    languages: ["en", "zh"]
  })
  return yield* Stream.runCollect(made.requests)
})

/**
 * The same selections dealt to tokens at random, layer by layer: ids of two tokens change places where neither token
 * gets an expert twice. Popularity stays to the last count, and nothing else does.
 */
const dealt = (requests: ReadonlyArray<TraceRequest>, { topK }: Model, layers: number): ReadonlyArray<TraceRequest> => {
  const { below } = random(17)
  const out = requests.map((request) => ({ ...request, ids: request.ids.slice() }))
  const rows = out.flatMap(({ ids }, r) => {
    const perLayer = ids.length / layers
    return Array.from({ length: perLayer / topK }, (_, t) => ({ r, at: t * topK, perLayer }))
  })
  for (let layer = 0; layer < layers; layer++) {
    const row = (n: number) => {
      const { r, at, perLayer } = rows[n]!
      const from = layer * perLayer + at
      return out[r]!.ids.subarray(from, from + topK)
    }
    for (let swap = 0; swap < 4 * rows.length * topK; swap++) {
      const [a, b, i, j] = [row(below(rows.length)), row(below(rows.length)), below(topK), below(topK)]
      if (a.includes(b[j]!) || b.includes(a[i]!)) continue
      const id = a[i]!
      a[i] = b[j]!
      b[j] = id
    }
  }
  return out
}

it.effect(
  "the DeepSeek twin has 8 blocks, which are its router's groups; dealt at random it has none",
  () =>
    Effect.gen(function* () {
      const model = findModel("deepseek-v3")!
      const requests = yield* twin(model, 24)
      const { common, catalogueGroups, layers } = (yield* analyse(pairs, model, requests)).pairs!.blocks
      assert.strictEqual(catalogueGroups, 8)
      assert.isTrue(common!.found)
      assert.deepStrictEqual(
        common!.sizes,
        Array.from({ length: 8 }, () => 32)
      )
      assert.strictEqual(common!.adjustedRand, 1)
      assert.isAbove(common!.contrast.heldOut!, 2.5)
      assert.isAbove(layers.filter(({ found }) => found).length, 50)

      const nothing = (yield* analyse(pairs, model, dealt(requests, model, 58))).pairs!.blocks
      assert.isFalse(nothing.common!.found)
      assert.strictEqual(nothing.common!.blocks, 0)
      assert.isNull(nothing.common!.adjustedRand)
      assert.deepStrictEqual(
        nothing.layers.filter(({ found }) => found).map(({ layer }) => layer),
        []
      )
    }),
  240_000
)

it.effect(
  "the Qwen twin, whose router has no groups, has blocks of single layers but none in common",
  () =>
    Effect.gen(function* () {
      const model = findModel("qwen3-30b")!
      const { common, catalogueGroups, layers } = (yield* analyse(pairs, model, yield* twin(model, 24))).pairs!.blocks
      assert.isNull(catalogueGroups)
      assert.isFalse(common!.found)
      assert.isAbove(layers.filter(({ found }) => found).length, layers.length / 2)
    }),
  240_000
)
