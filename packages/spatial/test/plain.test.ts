/** Blocks and marks found without looking at all pairs each time are those of the plain loops. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { Schema } from "effect"
import { addExpected, findBlocks, insideBlocks, strengths } from "../src/blocks.ts"
import { markTop, marks, pairProducts, pairValues } from "../src/pair-hits.ts"
import { plainFindBlocks, plainInsideBlocks, plainMarkTop } from "./plain.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

/** Symmetric pair counts: some experts never, some in planted blocks, with many ties where counts are small. */
const matrixOf = (seed: number) => {
  const { below, uniform } = random(seed)
  const experts = 2 + below(40)
  const [most, planted] = [1 + below(30), 1 + below(5)]
  const seen = new Uint32Array(experts * experts)
  for (let i = 0; i < experts; i++) {
    for (let j = 0; j < i; j++) {
      const scale = i % planted === j % planted ? 3 : 1
      const count = below(4) === 0 ? 0 : Math.floor(most * scale * uniform())
      seen[i * experts + j] = seen[j * experts + i] = count
    }
  }
  return { experts, seen }
}

it.prop(
  "the same blocks are found",
  [Seed],
  ([seed]) => {
    const { experts, seen } = matrixOf(seed)
    const table = { experts, seen, expected: addExpected(strengths(seen, experts), new Float64Array(seen.length)) }
    const of = plainFindBlocks(table)
    assert.deepStrictEqual(findBlocks(table), of)
    assert.deepStrictEqual(insideBlocks(table, of), plainInsideBlocks(table, of))
    const { below } = random(seed)
    const dealt = of.map(() => below(1 + below(experts)))
    assert.deepStrictEqual(insideBlocks(table, dealt), plainInsideBlocks(table, dealt))
  },
  { arbitrary: { runs: 300 } }
)

it.prop(
  "the same pairs are marked",
  [Seed],
  ([seed]) => {
    const { experts, seen } = matrixOf(seed)
    const { below } = random(seed)
    const counts = Uint32Array.from({ length: experts }, () => below(2 ** below(20)))
    const n = 1 + below((experts * (experts - 1)) / 2)
    const [marked, plain] = [new Uint8Array(experts ** 2), new Uint8Array(experts ** 2)]
    markTop(pairValues(seen, experts), experts, n, marks.frequent, marked)
    markTop(pairProducts(counts), experts, n, marks.popular, marked)
    plainMarkTop((i, j) => seen[i * experts + j]!, experts, n, marks.frequent, plain)
    plainMarkTop((i, j) => counts[i]! * counts[j]!, experts, n, marks.popular, plain)
    assert.deepStrictEqual(marked, plain)
  },
  { arbitrary: { runs: 300 } }
)
