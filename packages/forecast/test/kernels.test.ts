/** What is done in WebAssembly is what plain loops do, to the bit. */
import { assert, describe, it } from "@effect/vitest"
import { builtinNames, nodePlugins } from "@moira/core/node"
import { loadPlugin, random } from "@moira/core"
import { log2 } from "@moira/core/statistics"
import { analyse, modelOf, randomRequests } from "@moira/trace/testing"
import { Effect, Schema } from "effect"
import { forecast } from "../src/evaluation/forecast.ts"
import { positionBins } from "../src/evaluation/judge.ts"
import { judgeBytes, kernelJudge } from "../src/kernels/judge.ts"
import { withKernelSums } from "../src/kernels/log-linear.ts"
import { kernelRounds } from "../src/kernels/mix.ts"
import { inKernelScope, scoreRows } from "../src/kernels/rows.ts"
import { kernelMemory, withoutKernels } from "../src/kernels/memory.ts"
import { logLinearWeights } from "../src/parts/log-linear.ts"
import { sampleLogs } from "../src/parts/log-sample.ts"
import { plainJudge } from "../src/plain/judge.ts"
import { plainSums } from "../src/plain/log-linear.ts"
import { plainRounds } from "../src/plain/mix.ts"
import { predictorKind } from "../src/predictor.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e6 })))

const builtIn = Effect.forEach(builtinNames(predictorKind), (name) => loadPlugin(predictorKind, name)).pipe(
  Effect.map((loaded) => loaded.map(({ plugin }) => plugin)),
  Effect.provide(nodePlugins)
)

it("there are kernels to test here", () => {
  assert.isDefined(kernelMemory())
  assert.isUndefined(withoutKernels(kernelMemory))
})

describe("kernels", () => {
  it.effect.prop(
    "an evaluation of all built-in predictors is what plain loops give, of any shape",
    { seed: Seed },
    ({ seed }) =>
      Effect.gen(function* () {
        const predictors = yield* builtIn
        const { below } = random(seed)
        const experts = 5 + below(30)
        const shape = { layers: 2, experts, topK: 1 + below(4) }
        const requests = randomRequests(shape, 12, seed, seed % 3 === 0 ? 0.2 : 0)
        const options = { predictors, draws: 5, tops: [3, experts], caches: [shape.topK, 5, experts - 1, experts] }
        const run = analyse((context) => forecast(context, options), modelOf(shape), requests)
        const fast = yield* run
        const plain = yield* Effect.sync(() => withoutKernels(() => Effect.runSync(run)))
        assert.deepStrictEqual(fast, plain)
      }),
    { arbitrary: { runs: 12 } }
  )

  it.prop("judges count ties, holes and caches alike, whatever the scores", { seed: Seed }, ({ seed }) => {
    const { below, uniform } = random(seed)
    const experts = 4 + below(40)
    const topK = 1 + below(3)
    const tops = [...new Set([topK, 2 * topK, 1 + below(experts)].map((n) => Math.min(n, experts)))].toSorted(
      (a, b) => a - b
    )
    const setup = { experts, topK, tops, caches: [topK, Math.min(experts, topK + below(9)), experts], tests: 3 }
    inKernelScope(() => {
      const scores = scoreRows(2, experts, judgeBytes(2, setup))
      const judges = [kernelJudge(scores, setup)!, plainJudge(scores, setup)]
      const ids = new Uint16Array(topK)
      for (let token = 0; token < 60; token++) {
        // A few whole numbers, so that many scores tie; now and then none of them changes.
        for (const row of scores) if (token % 4 !== 3) for (let e = 0; e < experts; e++) row[e] = below(6) / 8
        for (let i = 0; i < topK; i++) ids[i] = uniform() < 0.1 ? 0xffff : below(experts)
        for (const judge of judges) judge.token(below(1) + (token % 3), token % positionBins, ids, 0, topK)
      }
      assert.deepStrictEqual(judges[0]!.verdicts(), judges[1]!.verdicts())
    })
  })

  it.prop("weights of mixtures are those of plain rounds", { seed: Seed }, ({ seed }) => {
    const { below, uniform } = random(seed)
    const members = 1 + below(15)
    const selections = below(80)
    const chances = Array.from({ length: selections * members }, () => (below(9) === 0 ? 0 : uniform() ** 3))
    const fill = (into: Float64Array, width: number) =>
      chances.forEach((chance, i) => (into[Math.floor(i / members) * width + (i % members)] = chance))
    const fit = { members, selections, rounds: 40, settled: 1e-6, fill }
    assert.deepStrictEqual(kernelRounds(fit), plainRounds(fit))
  })

  it.prop(
    "slopes of log-linear mixtures are those of plain loops, of any number of members",
    { seed: Seed },
    ({ seed }) => {
      const { below, uniform } = random(seed)
      const experts = 1 + below(70)
      const members = 1 + below(seed % 2 === 0 ? 2 : 18)
      const tokens = below(30)
      const every = 1 + below(3)
      const start = new Uint32Array(tokens + 1)
      for (let t = 0; t < tokens; t++) start[t + 1] = start[t]! + below(5)
      const ids = Uint16Array.from({ length: start[tokens]! }, () => below(experts))
      // Chances of zero, of less than the least that has a logarithm, and of one.
      const chance = () => [0, 1e-12, 1, uniform(), uniform() ** 9][below(5)]!
      const scores = Array.from({ length: members }, () => Float32Array.from({ length: tokens * experts }, chance))
      const validation = { experts, tokens, scores, ids, start }
      const plan = { tokens: Math.ceil(tokens / every), every }
      const plain = plainSums(sampleLogs(validation, plan), 1 + (seed % 3))
      const tried = Array.from({ length: 4 }, (_, n) =>
        Float64Array.from({ length: members }, () => (n === 0 ? 0 : 3 * uniform() - 1))
      )
      const sums = withKernelSums(validation, plan, 1 + (seed % 3), (fast) => tried.map((weights) => fast(weights)))
      assert.deepStrictEqual(sums, tried.map(plain))
      assert.deepStrictEqual(
        logLinearWeights(validation),
        withoutKernels(() => logLinearWeights(validation))
      )
    }
  )

  it.prop("exponentials and logarithms are those of the engine and of the core", { seed: Seed }, ({ seed }) => {
    const { exp, log2: binary } = kernelMemory()!.call
    const { uniform } = random(seed)
    for (const reach of [1e-9, 1e-3, 0.35, 1.04, 3, 40, 720, 800])
      for (let n = 0; n < 50; n++) {
        const x = -reach * uniform()
        assert.strictEqual(exp(x), Math.exp(x), `exp ${x}`)
        assert.strictEqual(binary(Math.max(1e-12, Math.exp(x))), log2(Math.max(1e-12, Math.exp(x))))
      }
    for (const x of [0, -0.5 * Math.LN2, -1.5 * Math.LN2, -700, -745.2]) assert.strictEqual(exp(x), Math.exp(x))
  })

  it("a table works no longer than the scope that it was made in, and then plainly", () => {
    const memory = kernelMemory()!
    const kept = inKernelScope(() => memory.scope!)
    assert.isFalse(kept.alive)
    assert.strictEqual(memory.take(16), 0)
    const sealed = memory.inScope(() => {
      memory.seal(64)
      return [memory.take(64), memory.take(2 * memory.buffer.byteLength)]
    })
    assert.isAbove(sealed[0]!, 0)
    assert.strictEqual(sealed[1], 0)
  })
})
