import { assert, it } from "@effect/vitest"
import { type LayerQuestion, PredictionError } from "../src/prediction/question.ts"
import { predictLayer } from "../src/prediction/predict.ts"
import { random } from "@moira/core"
import {
  balancedCounts,
  chancesOf,
  countsOf,
  drawnCounts,
  powerLawCounts,
  wholeCounts
} from "../src/prediction/counts.ts"
import { balancedSlots, slotTokens } from "../src/prediction/slots.ts"

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0)

/** DeepSeek-V3 on one node. */
const question: LayerQuestion = {
  gpu: "h100",
  ranks: 8,
  tokens: { perRank: 64 },
  experts: 256,
  topK: 8,
  hidden: 7168,
  expertFfn: 2048,
  dtype: "fp8",
  distribution: { kind: "balanced" }
}
const skewed = { kind: "power-law", alpha: 1.2 } as const

it("a skewed router is faster than a balanced one at small batches and slower at large ones", () => {
  const ratio = (perRank: number, ranks = 8) => {
    const at = { ...question, ranks, tokens: { perRank } }
    const [even, uneven] = [predictLayer(at), predictLayer({ ...at, distribution: skewed })]
    return { experts: uneven.expertsPs / even.expertsPs, total: uneven.totalPs / even.totalPs }
  }
  for (const few of [4, 8, 16]) {
    assert.isBelow(ratio(few).experts, 0.97, `${few} tokens a rank: fewer experts are read`)
    assert.isBelow(ratio(few).total, 1)
  }
  for (const many of [512, 1024, 4096]) {
    assert.isAbove(ratio(many).experts, 1.15, `${many} tokens a rank: all wait for the hottest rank`)
    assert.isAbove(ratio(many).total, 1.1)
  }
  assert.isAbove(ratio(4096, 32).experts, ratio(4096).experts, "the more ranks, the hotter the hottest")
})

it("replicas take the hottest rank's load away, and cost reading more slots", () => {
  const at = (perRank: number, change: Partial<LayerQuestion>) =>
    predictLayer({ ...question, ranks: 32, distribution: skewed, tokens: { perRank }, ...change })
  const [none, spread] = [at(4096, {}), at(4096, { placement: "balanced", slots: 288 })]
  assert.isBelow(spread.expertsPs, 0.5 * none.expertsPs)
  assert.isBelow(spread.expertsPs / spread.expertsMeanPs, 1.2)
  const [plain, replicated] = [at(16, { placement: "balanced" }), at(16, { placement: "balanced", slots: 288 })]
  assert.isAtLeast(sum(replicated.ranks.map(({ touched }) => touched)), sum(plain.ranks.map(({ touched }) => touched)))
})

it("conserves choices, whatever the distribution and the placement", () => {
  for (const distribution of [
    { kind: "balanced" },
    { kind: "uniform" },
    skewed,
    { kind: "zipf", exponent: 1 },
    { kind: "counts", counts: Float64Array.from({ length: 256 }, (_, e) => e + 1) }
  ] as const)
    for (const change of [{}, { placement: "balanced", slots: 320 }] as const) {
      const { ranks } = predictLayer({ ...question, distribution, ...change, draws: 2 })
      assert.strictEqual(sum(ranks.map(({ choices }) => choices)), 8 * 64 * 8, distribution.kind)
      for (const { touched, arrived } of ranks) {
        assert.isAtMost(touched, (("slots" in change ? change.slots : 256) as number) / 8)
        assert.isAtMost(arrived, 8 * 64 + 1e-9)
      }
    }
})

it("balanced counts are the even deal, told choice by choice", () => {
  for (const [tokens, experts, topK] of [
    [1, 256, 8],
    [5, 256, 8],
    [31, 256, 8],
    [33, 256, 8],
    [700, 256, 8],
    [300, 128, 1],
    [1000, 160, 6]
  ] as const) {
    const stride = Math.ceil(experts / topK)
    const plain = new Float64Array(experts)
    for (let t = 0; t < tokens; t++)
      for (let i = 0; i < topK; i++)
        plain[Math.trunc(((tokens >= stride ? t : (t * stride) / tokens) + i * stride) % experts)]!++
    assert.deepStrictEqual(balancedCounts({ tokens, experts, topK, ranks: 1 }), plain, `${tokens} of ${experts}`)
  }
})

it("power-law counts add up, keep to one choice a token, repeat for a seed, and grow steeper with tokens", () => {
  const { below, uniform } = random(5)
  for (let i = 0; i < 60; i++) {
    const draw = { tokens: 1 + below(3000), experts: 256, topK: 1 + below(8), ranks: [1, 8, 32, 256][below(4)]! }
    const counts = powerLawCounts(draw, 0.6 + uniform(), random(i))
    assert.strictEqual(sum(counts), draw.tokens * draw.topK)
    assert.isAtMost(Math.max(...counts), draw.tokens)
    assert.isAtLeast(Math.min(...counts), 0)
    assert.deepStrictEqual(powerLawCounts(draw, 1, random(i)), powerLawCounts(draw, 1, random(i)))
  }
  const hottest = (tokens: number) => {
    const draws = Array.from({ length: 20 }, (_, seed) =>
      Math.max(...powerLawCounts({ tokens, experts: 256, topK: 8, ranks: 8 }, 1.2, random(seed)))
    )
    return sum(draws) / 20 / ((tokens * 8) / 256)
  }
  assert.isAbove(hottest(4096), hottest(64))
})

it("drawn tokens choose as often as their chances say, distinct experts each", () => {
  const chances = chancesOf([100, 3, 2, 2, 1, 1, 1, 0], 3)
  assert.approximately(sum(chances), 3, 1e-12)
  assert.strictEqual(chances[0], 1, "nobody is chosen twice by a token: the rest is shared out")
  const counts = drawnCounts({ tokens: 6400, experts: 8, topK: 3, ranks: 1 }, chances, random(2))
  assert.strictEqual(sum(counts), 6400 * 3)
  chances.forEach((chance, e) => assert.approximately(counts[e]! / 6400, chance, 0.02))
  assert.strictEqual(counts[7], 0)
  const many = countsOf({ kind: "uniform" }, { tokens: 1 << 20, experts: 256, topK: 8, ranks: 8 }, 1)
  assert.strictEqual(sum(many), 8 * 2 ** 20, "beyond what is drawn one by one, expected counts")
})

it("slots: copies go to the hottest, ranks get equally many, tokens stay whole", () => {
  const counts = [90, 10, 10, 10]
  const slots = balancedSlots(counts, 6, 2)
  assert.deepStrictEqual(
    slots.toSorted((a, b) => a - b),
    [0, 0, 0, 1, 2, 3]
  )
  const tokens = slotTokens(slots, counts)
  assert.strictEqual(sum(tokens), 120)
  assert.isTrue(tokens.every(Number.isInteger))
  assert.deepStrictEqual([...wholeCounts([0.5, 0.5, 1.2])], [1, 0, 1])
})

it("288 slots or experts on 64 ranks: four or five each, nothing lost, between 256 and 320", () => {
  const wide = { ...question, ranks: 64, tokens: { perRank: 256 } } as const
  for (const distribution of [question.distribution, { kind: "uniform" }, skewed] as const)
    for (const change of [
      { placement: "balanced", slots: 288 },
      { placement: "contiguous", experts: 288 }
    ] as const) {
      const { ranks, expertsMeanPs, dispatchPs } = predictLayer({ ...wide, distribution, ...change, draws: 2 })
      assert.strictEqual(sum(ranks.map(({ choices }) => choices)), 64 * 256 * 8)
      for (const { touched } of ranks) assert.isAtMost(touched, 5)
      assert.isAtLeast(sum(ranks.map(({ touched }) => touched)), 250)
      assert.isAbove(expertsMeanPs, 0)
      assert.isAbove(dispatchPs, 0)
    }
  const total = (slots: number) => predictLayer({ ...wide, distribution: skewed, placement: "balanced", slots }).totalPs
  assert.isBelow(total(288), total(256))
  assert.isAbove(total(288), 0.9 * total(320))
  assert.strictEqual(balancedSlots(new Float64Array(256).fill(1), 288, 64).length, 288)
})

it("scales with the machine by its data sheet alone", () => {
  const h100 = predictLayer(question)
  const h200 = predictLayer({ ...question, gpu: "h200" })
  const b200 = predictLayer({ ...question, gpu: "b200" })
  assert.isBelow(h200.expertsPs, h100.expertsPs)
  assert.strictEqual(h200.dispatchPs, h100.dispatchPs, "the same links")
  assert.isBelow(b200.totalPs, h200.totalPs)
  assert.isBelow(predictLayer({ ...question, gpu: "b200", dtype: "nvfp4" }).expertsPs, b200.expertsPs)
  const rack = predictLayer({ ...question, gpu: "gb200", ranks: 64, gpusPerServer: 72 })
  const servers = predictLayer({ ...question, gpu: "gb200", ranks: 64, gpusPerServer: 8 })
  assert.isBelow(rack.totalPs, servers.totalPs, "NVLink across the rack instead of NICs")
})

it("one rank exchanges nothing; a slice of each expert reads a slice; seeing all tokens costs", () => {
  const alone = predictLayer({ ...question, ranks: 1 })
  assert.strictEqual(alone.dispatchPs + alone.combinePs, 0)
  const sliced = predictLayer({ ...question, tensorParallel: 2 })
  assert.isBelow(sliced.expertsPs, predictLayer(question).expertsPs)
  const many = { ...question, ranks: 128, tokens: { total: 65_536 } } as const
  assert.isAbove(predictLayer({ ...many, seen: "all" }).expertsPs, predictLayer(many).expertsPs)
})

it("refuses what makes no sense, naming the field in one line", () => {
  const bad: ReadonlyArray<readonly [Partial<LayerQuestion> | { gpu: string }, RegExp]> = [
    [{ gpu: "abacus" }, /gpu: "abacus"/],
    [{ dtype: "nvfp4" }, /dtype: .*nvfp4/],
    [{ ranks: 0 }, /ranks: 0/],
    [{ tokens: { total: 1.5 } }, /tokens: 1.5/],
    [{ topK: 300 }, /topK: 300 of 256/],
    [{ ranks: 512 }, /slots: 256 leave some of 512 ranks/],
    [{ slots: 264 }, /slots: 264 .*placement/],
    [{ slots: 128 }, /slots: 128 for 256/],
    [{ placement: [1, 2] }, /placement: 2 slots/],
    [{ placement: Array.from({ length: 256 }, () => 0) }, /placement: 1 of 256 experts/],
    [{ distribution: { kind: "counts", counts: [1] } }, /1 counts for 256/],
    [{ distribution: { kind: "power-law", alpha: Number.NaN } }, /NaN is no exponent/]
  ]
  for (const [change, what] of bad) {
    let message = ""
    try {
      predictLayer({ ...question, ...(change as Partial<LayerQuestion>) })
    } catch (error) {
      assert.instanceOf(error, PredictionError)
      message = error.message
    }
    assert.match(message, what)
    assert.notInclude(message, "\n")
  }
})
