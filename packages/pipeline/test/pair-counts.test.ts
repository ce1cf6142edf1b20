/** Pair counts by the kernels against plain loops, which counted them before: every number is the same. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { missingExpert } from "@moira/trace"
import { Schema } from "effect"
import { following, together } from "../src/place/pair-counts.ts"
import type { Tokens } from "../src/place/traffic.ts"

const plainTogether = ({ ids, topK }: Tokens, experts: number): Uint32Array => {
  const pairs = new Uint32Array(experts * experts)
  for (let at = 0; at < ids.length; at += topK)
    for (let a = 0; a < topK; a++)
      for (let b = 0; b < topK; b++) {
        const [i, j] = [ids[at + a]!, ids[at + b]!]
        if (i !== j && i !== missingExpert && j !== missingExpert) pairs[i * experts + j]!++
      }
  return pairs
}

const plainFollowing = (first: Tokens, second: Tokens, experts: number): Uint32Array => {
  const pairs = new Uint32Array(experts * experts)
  const { topK } = first
  for (let at = 0; at < first.ids.length; at += topK)
    for (let a = 0; a < topK; a++)
      for (let b = 0; b < topK; b++) {
        const [i, j] = [first.ids[at + a]!, second.ids[at + b]!]
        if (i !== missingExpert && j !== missingExpert) pairs[i * experts + j]!++
      }
  return pairs
}

/** Rows in no order, some with holes, and some that name an expert twice, which no router does. */
const tokens = (seed: number, rows: number, topK: number, experts: number, holes: number, twice: boolean): Tokens => {
  const { below } = random(seed)
  const ids = new Uint16Array(rows * topK)
  for (let t = 0; t < rows; t++) {
    const chosen: Array<number> = []
    while (chosen.length < topK) {
      const expert = below(experts)
      if (twice || !chosen.includes(expert)) chosen.push(expert)
    }
    chosen.forEach((expert, k) => (ids[t * topK + k] = holes > 0 && below(holes) === 0 ? missingExpert : expert))
  }
  return { ids, topK }
}

it.prop(
  "pairs of one layer and of two equal those of plain loops",
  {
    seed: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))),
    topK: Schema.Literals([1, 2, 4, 8]),
    experts: Schema.Literals([8, 13, 64]),
    holes: Schema.Literals([0, 5]),
    twice: Schema.Boolean,
    // Few rows are counted in JavaScript, many in WebAssembly.
    rows: Schema.Literals([0, 1, 40, 3000])
  },
  ({ seed, topK, experts, holes, twice, rows }) => {
    const first = tokens(seed, rows, topK, experts, holes, twice)
    const second = tokens(seed + 1, rows, topK, experts, holes, twice)
    assert.deepStrictEqual(together(first, experts), plainTogether(first, experts))
    assert.deepStrictEqual(following(first, second, experts), plainFollowing(first, second, experts))
  }
)
