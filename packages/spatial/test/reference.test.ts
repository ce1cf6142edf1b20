/** Real recordings against an independent slow reference: plain loops over the raw files and definitions. */
import { assert, it } from "@effect/vitest"
import { sharedData } from "@moira/test-data"
import { findModel, type Model } from "@moira/core"
import { heldOutMask } from "@moira/core/statistics"
import { SpatialResult } from "@moira/results"
import { analyse, checked } from "@moira/trace/testing"
import { Effect } from "effect"
import { spatial } from "../src/index.ts"
import { rawGptOss, rawLlama4, rawMixtral, type RawRequest } from "./raw.ts"

const sum = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0)
const mean = (values: ReadonlyArray<number>): number => sum(values) / values.length

/** Selections of each expert over some requests at one layer. */
const countsOf = (requests: ReadonlyArray<RawRequest>, l: number, experts: number): ReadonlyArray<number> => {
  const counts = Array.from({ length: experts }, () => 0)
  for (const { tokens } of requests) for (const token of tokens) for (const id of token[l]!) counts[id]!++
  return counts
}

/** The `n` greatest, ties to the lower number. */
const topOf = (counts: ReadonlyArray<number>, n: number): ReadonlyArray<number> =>
  counts
    .map((count, id) => ({ count, id }))
    .toSorted((a, b) => b.count - a.count || a.id - b.id)
    .slice(0, n)
    .map(({ id }) => id)

const shareOf = (counts: ReadonlyArray<number>, chosen: ReadonlyArray<number>): number =>
  sum(chosen.map((id) => counts[id]!)) / sum(counts)

/** Jensen-Shannon distance by Kullback and Leibler. */
const distance = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number => {
  const [p, q] = [a.map((x) => x / sum(a)), b.map((x) => x / sum(b))]
  const to = (of: ReadonlyArray<number>) =>
    sum(of.map((x, e) => (x === 0 ? 0 : x * Math.log2(x / ((p[e]! + q[e]!) / 2)))))
  return Math.sqrt((to(p) + to(q)) / 2)
}

const reference = (
  requests: ReadonlyArray<RawRequest>,
  layers: ReadonlyArray<number>,
  experts: number,
  topK: number
) => {
  const held = heldOutMask(requests.length)
  const side = (which: number) => requests.filter((_, r) => held[r] === which)
  const top20 = Math.round(0.2 * experts)
  const tasks = [...new Set(requests.map(({ task }) => task))]
  const each = layers.map((layer, l) => {
    const all = countsOf(requests, l, experts)
    const [train, judging] = [countsOf(side(0), l, experts), countsOf(side(1), l, experts)]
    const total = sum(all)
    const gini = sum(all.flatMap((x) => all.map((y) => Math.abs(x - y)))) / (2 * experts * total)
    const pairs = new Map<string, number>()
    const expertsOfPairs = new Map<string, readonly [number, number]>()
    if (topK > 1) {
      for (const { tokens } of requests) {
        for (const token of tokens) {
          const ids = token[l]!.toSorted((a, b) => a - b)
          for (const [a, i] of ids.entries()) {
            for (const j of ids.slice(a + 1)) {
              const name = `${i} ${j}`
              pairs.set(name, (pairs.get(name) ?? 0) + 1)
              expertsOfPairs.set(name, [i, j])
            }
          }
        }
      }
    }
    const possible = (experts * (experts - 1)) / 2
    const seen = [...pairs.values()]
    const p = all.map((x) => x / total)
    const different = 1 - sum(p.map((x) => x * x))
    const expected = (name: string) => {
      const [i, j] = expertsOfPairs.get(name)!
      return (2 * sum(seen) * p[i]! * p[j]!) / different
    }
    const tokensAll = sum(requests.map(({ tokens }) => tokens.length))
    return {
      layer,
      degenerate: Math.max(...all) > 0.95 * total,
      counts: all,
      skew: (Math.max(...all) * experts) / total,
      gini,
      bits: -sum(p.map((x) => (x === 0 ? 0 : x * Math.log2(x)))),
      inSample: shareOf(all, topOf(all, top20)),
      heldOut: shareOf(judging, topOf(train, top20)),
      hottestHeldOut: shareOf(judging, topOf(train, 1)),
      distances: tasks.flatMap((a, x) =>
        tasks.slice(x + 1).map((b) => {
          const of = (task: string) =>
            countsOf(
              requests.filter((request) => request.task === task),
              l,
              experts
            )
          return distance(of(a), of(b))
        })
      ),
      hotIn: all.map(
        (_, e) =>
          tasks.filter((task) => {
            const counts = countsOf(
              requests.filter((request) => request.task === task),
              l,
              experts
            )
            return sum(counts) * 2 >= 5 * experts && counts[e]! * experts >= 2 * sum(counts)
          }).length
      ),
      overUniform: topK > 1 ? Math.max(...seen) / ((tokensAll * topK * (topK - 1)) / (experts * (experts - 1))) : 0,
      overRandom: Math.max(
        ...[...pairs].filter(([, count]) => count >= 5).map(([name, count]) => count / expected(name)),
        0
      ),
      top10: topK > 1 ? sum(seen.toSorted((a, b) => b - a).slice(0, Math.round(possible / 10))) / sum(seen) : 0
    }
  })
  const usual = each.filter(({ degenerate }) => !degenerate)
  return {
    each,
    usual,
    distances: usual[0]!.distances.map((_, pair) => mean(usual.map((layer) => layer.distances[pair]!)))
  }
}

/** The model with the given layers only, renumbered from 0. */
const cut = (model: Model, layers: number): Model => ({
  ...model,
  layers,
  moe: { first: 0, last: layers - 1, every: 1 }
})

const compare = Effect.fnUntraced(function* (requests: ReadonlyArray<RawRequest>, whole: Model, layers: number) {
  const model = cut(whole, layers)
  const { experts, topK } = model
  const numbers = Array.from({ length: layers }, (_, l) => l)
  const result = checked(
    SpatialResult,
    yield* analyse(
      spatial.accumulator,
      model,
      requests.map(({ task, tokens }) => ({
        benchmark: "test",
        subject: task,
        language: "und",
        source: task,
        prefillTokens: 0,
        decodeTokens: tokens.length,
        ids: Uint16Array.from(numbers.flatMap((l) => tokens.flatMap((token) => token[l]!)))
      }))
    )
  )
  const { each, usual, distances } = reference(requests, numbers, experts, topK)
  for (const [l, plain] of each.entries()) {
    const layer = result.popularity.layers[l]!
    assert.deepStrictEqual(layer.counts, plain.counts)
    assert.strictEqual(layer.degenerate, plain.degenerate)
    assert.closeTo(layer.skewMaxOverMean, plain.skew, 1e-9)
    assert.closeTo(layer.gini, plain.gini, 1e-9)
    assert.closeTo(layer.entropyBits, plain.bits, 1e-9)
    assert.closeTo(layer.coverage.inSample, plain.inSample, 1e-9)
    assert.closeTo(layer.coverage.heldOut!, plain.heldOut, 1e-9)
    assert.closeTo(layer.topN[0]!.heldOut!, plain.hottestHeldOut, 1e-9)
    const sharing = result.sharing.layers.find((of) => of.kind === "subject" && of.layer === l)
    if (sharing !== undefined) {
      assert.strictEqual(sharing.shared, plain.hotIn.filter((tasks) => tasks === sharing.tasks).length)
      assert.strictEqual(
        sharing.specific + sharing.undecided,
        plain.hotIn.filter((tasks) => tasks > 0 && tasks < sharing.tasks).length
      )
    }
    if (topK === 1) continue
    const pairs = result.pairs!.layers[l]!
    assert.closeTo(pairs.maxOverUniform, plain.overUniform, 1e-9)
    assert.closeTo(pairs.maxOverRandom, plain.overRandom, 1e-9)
    assert.closeTo(pairs.top10Share, plain.top10, 1e-9)
  }
  assert.closeTo(result.popularity.mean!.coverage.heldOut!, mean(usual.map(({ heldOut }) => heldOut)), 1e-9)
  assert.closeTo(result.popularity.mean!.coverage.inSample, mean(usual.map(({ inSample }) => inSample)), 1e-9)
  const found = result.distances.filter(({ kind, a, b }) => kind === "subject" && a !== b)
  assert.strictEqual(found.length, distances.length)
  for (const [i, { distance: got }] of found.entries()) assert.closeTo(got, distances[i]!, 1e-9)
  return result
})

const llama4 = sharedData("traces/patterns")

it.effect.skipIf(llama4 === undefined)(
  "Llama 4: every layer, two subjects, no pairs",
  () =>
    Effect.gen(function* () {
      const layers = Array.from({ length: 24 }, (_, i) => 2 * i + 1)
      const result = yield* compare(rawLlama4(llama4!, layers), findModel("llama4-maverick")!, layers.length)
      // Real layer 45 is the 23rd.
      assert.deepStrictEqual(result.popularity.degenerateLayers, [22])
      assert.isNull(result.pairs)
    }),
  120_000
)

const gptOss = sharedData("traces/gpt-oss-20b")

it.effect.skipIf(gptOss === undefined)(
  "gpt-oss-20b: two layers, data sets, pairs of four",
  () =>
    Effect.gen(function* () {
      const requests = rawGptOss(gptOss!, [5, 20]).filter((_, r) => r % 5 === 0)
      const result = yield* compare(requests, findModel("gpt-oss-20b")!, 2)
      assert.isTrue(result.pairs!.blocks.layers.every(({ found }) => found))
      assert.isAbove(result.pairs!.mean.top10.heldOut!, result.pairs!.mean.top10.popularity!)
    }),
  120_000
)

const mixtral = sharedData("traces/mixtral-8x7b-vllm")

it.effect.skipIf(mixtral === undefined)(
  "Mixtral by vLLM: all layers, five requests, pairs of two",
  () =>
    Effect.gen(function* () {
      const layers = Array.from({ length: 32 }, (_, i) => i)
      const result = yield* compare(rawMixtral(mixtral!, layers), findModel("mixtral-8x7b")!, layers.length)
      assert.isFalse(result.pairs!.blocks.common!.found, "expert numbers mean nothing across layers")
    }),
  120_000
)
