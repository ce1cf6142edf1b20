import { assert, it } from "@effect/vitest"
import { type Model, random } from "@moira/core"
import { SpatialResult } from "@moira/results"
import { type TraceRequest } from "@moira/trace"
import { analyse, checked, modelOf, requestOf, type Token } from "@moira/trace/testing"
import { Effect, Schema } from "effect"
import { adjustedRand } from "@moira/core/statistics"
import { addExpected, contrast, findBlocks, insideBlocks, strengths } from "../src/blocks.ts"
import { pairs } from "../src/index.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

const experts = 24
const size = 6

/**
 * Three experts a token; with probability `bound` all of one block of six, else each of any. Block b is b, b + 4, b + 8
 * ..., its first experts more popular than its last.
 */
const token = (draw: ReturnType<typeof random>, layers: number, bound: number): Token =>
  Array.from({ length: layers }, () => {
    const block = draw.below(experts / size)
    const within = draw.uniform() < bound
    const ids = new Set<number>()
    while (ids.size < 3) {
      const of = within ? block : draw.below(experts / size)
      ids.add(of + 4 * Math.floor(draw.uniform() ** 1.5 * size))
    }
    return [...ids]
  })

const traceOf = (layers: number, bound: number, requests = 30, tokens = 60, seed = 5): ReadonlyArray<TraceRequest> => {
  const draw = random(seed)
  return Array.from({ length: requests }, () =>
    requestOf(
      [],
      Array.from({ length: tokens }, () => token(draw, layers, bound))
    )
  )
}

const truth = Array.from({ length: experts }, (_, expert) => expert % 4)

it.effect("planted blocks are found at each layer and in common, without being told how many", () =>
  Effect.gen(function* () {
    const { pairs: result } = yield* analyse(pairs, modelOf({ layers: 4, experts, topK: 3 }), traceOf(4, 0.5))
    const { layers, common, catalogueGroups } = result!.blocks
    assert.isNull(catalogueGroups)
    for (const of of [...layers, common!]) {
      assert.isTrue(of.found)
      assert.strictEqual(of.blocks, 4)
      assert.deepStrictEqual(of.sizes, [6, 6, 6, 6])
      assert.strictEqual(adjustedRand(of.of, truth), 1)
      assert.isAbove(of.contrast.heldOut!, 2)
      assert.strictEqual(of.p, 0.01)
    }
    const [low, high] = layers[0]!.contrast.interval!
    assert.isTrue(low < layers[0]!.contrast.heldOut! && layers[0]!.contrast.heldOut! < high && low > 1.25)
  })
)

it.effect("popularity alone makes no blocks, whatever it looks like in sample", () =>
  Effect.gen(function* () {
    const requests = traceOf(4, 0, 30, 25)
    const { pairs: result } = yield* analyse(pairs, modelOf({ layers: 4, experts, topK: 3 }), requests)
    const { layers, common } = result!.blocks
    assert.isTrue(layers.some(({ contrast: { inSample } }) => inSample! > 1.25))
    for (const of of [...layers, common!]) {
      assert.isFalse(of.found)
      assert.deepStrictEqual([of.blocks, of.sizes, of.of, of.alone, of.adjustedRand], [0, [], [], experts, null])
    }
  })
)

it.effect("blocks that differ from layer to layer are each layer's own and not common", () =>
  Effect.gen(function* () {
    // The second and fourth layer have contiguous blocks, so that the same numbers mean other blocks.
    const turned = (request: TraceRequest): TraceRequest => {
      const perLayer = request.ids.length / 4
      const contiguous = (id: number) => size * (id % 4) + Math.floor(id / 4)
      return {
        ...request,
        ids: request.ids.map((id, i) => (Math.floor(i / perLayer) % 2 === 0 ? id : contiguous(id)))
      }
    }
    const requests = traceOf(4, 0.6).map(turned)
    const { pairs: result } = yield* analyse(pairs, modelOf({ layers: 4, experts, topK: 3 }), requests)
    assert.deepStrictEqual(
      result!.blocks.layers.map(({ found, blocks }) => [found, blocks]),
      Array.from({ length: 4 }, () => [true, 4])
    )
    assert.isFalse(result!.blocks.common!.found)
  })
)

it.effect("the catalogue's groups are compared with what was found, never used", () =>
  Effect.gen(function* () {
    const plain = modelOf({ layers: 2, experts, topK: 3 })
    const grouped: Model = { ...plain, routing: { groups: 4, groupsPerToken: 2 } }
    // Contiguous groups as the catalogue has them: expert e of block e % 4 becomes expert 6 (e % 4) + e / 4.
    const contiguous = traceOf(2, 0.6).map((request) => ({
      ...request,
      ids: request.ids.map((id) => size * (id % 4) + Math.floor(id / 4))
    }))
    const right = (yield* analyse(pairs, grouped, contiguous)).pairs!.blocks
    assert.strictEqual(right.catalogueGroups, 4)
    assert.strictEqual(right.common!.adjustedRand, 1)
    const wrong = (yield* analyse(pairs, grouped, traceOf(2, 0.6))).pairs!.blocks
    assert.isBelow(wrong.common!.adjustedRand!, 0.3)
    const without = (yield* analyse(pairs, plain, traceOf(2, 0.6))).pairs!.blocks
    assert.deepStrictEqual(
      { ...without.common, adjustedRand: null },
      { ...wrong.common, adjustedRand: null },
      "the same blocks whatever the catalogue says"
    )
  })
)

it.effect.prop(
  "other expert numbers give the same blocks of other numbers",
  { seed: Seed },
  ({ seed }) =>
    Effect.gen(function* () {
      const draw = random(seed)
      const order = Array.from({ length: experts }, (_, e) => e)
      for (let i = experts - 1; i > 0; i--) {
        const j = draw.below(i + 1)
        ;[order[i], order[j]] = [order[j]!, order[i]!]
      }
      const requests = traceOf(2, 0.5, 12, 40, seed)
      const renamed = requests.map((request) => ({ ...request, ids: request.ids.map((id) => order[id]!) }))
      const model = modelOf({ layers: 2, experts, topK: 3 })
      const before = checked(SpatialResult.fields.pairs, (yield* analyse(pairs, model, requests)).pairs)!
      const after = checked(SpatialResult.fields.pairs, (yield* analyse(pairs, model, renamed)).pairs)!
      for (const [l, layer] of before.layers.entries()) {
        const other = after.layers[l]!
        assert.closeTo(other.maxOverRandom, layer.maxOverRandom, 1e-9)
        assert.strictEqual(other.maxOverUniform, layer.maxOverUniform)
        assert.deepStrictEqual(other.cdf, layer.cdf)
        const [one, two] = [before.blocks.layers[l]!, after.blocks.layers[l]!]
        assert.strictEqual(two.found, one.found)
        if (!one.found) continue
        assert.strictEqual(
          adjustedRand(
            one.of,
            order.map((renumbered) => two.of[renumbered]!)
          ),
          1
        )
        assert.closeTo(two.contrast.heldOut!, one.contrast.heldOut!, 1e-6)
      }
    }),
  { arbitrary: { runs: 12 } }
)

it("strengths expect each expert in as many pairs as it was in", () => {
  const n = 5
  const matrix = [0, 9, 4, 1, 0, 9, 0, 6, 2, 3, 4, 6, 0, 5, 0, 1, 2, 5, 0, 1, 0, 3, 0, 1, 0]
  const expected = addExpected(strengths(matrix, n), new Float64Array(n * n))
  for (let i = 0; i < n; i++) {
    const row = (cells: ArrayLike<number>) => Array.from({ length: n }, (_, j) => cells[i * n + j]!)
    const sum = (values: ReadonlyArray<number>) => values.reduce((a, b) => a + b, 0)
    assert.closeTo(sum(row(expected)), sum(row(matrix)), 1e-6)
  }
})

it("contrast is pairs inside over expected, against pairs between", () => {
  const table = { experts: 4, seen: new Float64Array(16).fill(1), expected: new Float64Array(16).fill(1) }
  const seen = table.seen.map((_, cell) => (cell === 1 || cell === 4 || cell === 11 || cell === 14 ? 6 : 2))
  const inside = insideBlocks({ ...table, seen }, [0, 0, 1, 1])
  assert.deepStrictEqual(inside, { seen: 12, expected: 2, allSeen: 20, allExpected: 6 })
  assert.strictEqual(contrast(inside), 3)
  const apart = table.seen.map((_, cell) => (cell === 1 || cell === 4 || cell === 11 || cell === 14 ? 6 : 0))
  assert.strictEqual(contrast(insideBlocks({ ...table, seen: apart }, [0, 0, 1, 1])), 24, "none between counts as one")
  assert.isNull(contrast(insideBlocks({ ...table, seen: new Float64Array(16) }, [0, 0, 1, 1])), "nothing seen")
  assert.isNull(contrast(insideBlocks(table, [0, 1, 2, 3])), "no pair inside")
  assert.isNull(contrast(insideBlocks(table, [0, 0, 0, 0])), "no pair between")
})

it("nothing seen makes no blocks and no NaN", () => {
  const empty = { experts: 3, seen: new Float64Array(9), expected: new Float64Array(9) }
  assert.deepStrictEqual(findBlocks(empty), [0, 1, 2])
  assert.deepStrictEqual([...strengths(new Float64Array(9), 3)], [0, 0, 0])
})

it("the adjusted Rand index by hand", () => {
  assert.strictEqual(adjustedRand([0, 0, 1, 1], [5, 5, 2, 2]), 1)
  // Of 6 pairs, 2 are together in one, 1 in the other, and that one in both; 2 x 1 / 6 would be by chance.
  assert.closeTo(adjustedRand([0, 0, 1, 1], [0, 0, 1, 2])!, (1 - (2 * 1) / 6) / (1.5 - (2 * 1) / 6), 1e-12)
  assert.isNull(adjustedRand([0, 0, 0], [0, 0, 0]))
  assert.isNull(adjustedRand([0], [0]))
})
