import { assert, it } from "@effect/vitest"
import { missingExpert } from "@moira/trace"
import { memoryReader, modelOf, randomRequests } from "@moira/trace/testing"
import { hasHoles, hitKernel, jointKernel } from "@moira/trace/kernels"
import { random } from "@moira/core"
import { Effect, Schema } from "effect"
import { crossLayerCounts, crossTokenCounts } from "../src/steps.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))
const TopK = Schema.Literals([1, 2, 3, 8])

/** The plain triple loop that every kernel must equal. */
const plainPairs = (
  a: Uint16Array,
  aRow: number,
  b: Uint16Array,
  bRow: number,
  rows: number,
  topK: number,
  experts: number,
  visit: (cell: number) => void
) => {
  for (let t = 0; t < rows; t++)
    for (let i = 0; i < topK; i++)
      for (let j = 0; j < topK; j++) {
        const from = a[(aRow + t) * topK + i]!
        const to = b[(bRow + t) * topK + j]!
        if (from !== missingExpert && to !== missingExpert) visit(from * experts + to)
      }
}

it.prop("kernels equal a plain triple loop", [Seed, TopK, Schema.Boolean], ([seed, topK, withHoles]) => {
  const { below, uniform } = random(seed)
  // With more than 256 experts a hole that is not left out lands inside the matrix.
  const experts = below(4) === 0 ? 300 : 8 + below(20)
  const rows = below(30)
  const [aRow, bRow] = [below(3), below(3)]
  const ids = (size: number) =>
    Uint16Array.from({ length: size }, () => (withHoles && uniform() < 0.3 ? missingExpert : below(experts)))
  const a = ids((aRow + rows) * topK)
  const b = ids((bRow + rows) * topK)
  const chosen = Uint8Array.from({ length: experts * experts }, () => below(2))
  const expected = new Uint32Array(experts * experts)
  let hits = 0
  plainPairs(a, aRow, b, bRow, rows, topK, experts, (cell) => {
    expected[cell]!++
    hits += chosen[cell]!
  })
  const holes = hasHoles(a, experts) || hasHoles(b, experts)
  for (const checked of holes ? [true] : [false, true]) {
    const counted = new Uint32Array(experts * experts)
    jointKernel(topK, checked)(a, aRow, b, bRow, rows, topK, experts, counted)
    assert.deepStrictEqual(counted, expected)
    assert.strictEqual(hitKernel(topK, checked)(a, aRow, b, bRow, rows, topK, experts, chosen), hits)
  }
})

it("an id that is no expert is a hole, whatever it is", () => {
  assert.isTrue(hasHoles(Uint16Array.of(1, missingExpert), 4))
  assert.isTrue(hasHoles(Uint16Array.of(1, 4), 4))
  assert.isFalse(hasHoles(Uint16Array.of(0, 3), 4))
})

it.effect.prop(
  "steps stay inside requests and phases",
  { seed: Seed, topK: Schema.Literals([1, 2]) },
  ({ seed, topK }) =>
    Effect.gen(function* () {
      const experts = 6
      const shape = { layers: 2, experts, topK }
      const requests = randomRequests(shape, 5, seed, 0.1)
      const reader = memoryReader(modelOf(shape), requests)
      const [first, second] = [yield* reader.read({ layer: 1 }), yield* reader.read({ layer: 3 })]
      const zero = () => new Uint32Array(experts * experts)
      const layer = { prefill: zero(), decode: zero(), both: zero() }
      const token = { prefill: zero(), decode: zero(), both: zero() }
      for (const [r, { prefillTokens, decodeTokens }] of requests.entries()) {
        const [start, border] = [first.offsets[r]!, first.offsets[r]! + prefillTokens]
        for (let t = start; t < border + decodeTokens; t++) {
          const phase = t < border ? "prefill" : "decode"
          const across = (into: Uint32Array) =>
            plainPairs(first.ids, t, second.ids, t, 1, topK, experts, (cell) => into[cell]!++)
          const onwards = (into: Uint32Array) =>
            plainPairs(first.ids, t, first.ids, t + 1, 1, topK, experts, (cell) => into[cell]!++)
          across(layer[phase])
          across(layer.both)
          if (t + 1 === border + decodeTokens) continue
          onwards(token.both)
          if (t + 1 !== border) onwards(token[phase])
        }
      }
      for (const phase of ["prefill", "decode", "both"] as const) {
        assert.deepStrictEqual(crossLayerCounts(first, second, phase), layer[phase])
        assert.deepStrictEqual(crossTokenCounts(first, phase), token[phase])
      }
    })
)
