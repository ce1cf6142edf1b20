import { assert, describe, it } from "@effect/vitest"
import { logLinear as logLinearFit, logLinearWeights } from "../src/parts/log-linear.ts"
import { mix as mixtureFit, mixtureWeights } from "../src/parts/mix.ts"
import { type ValidationScores } from "../src/predictor.ts"
import { random } from "@moira/core"
import { Schema } from "effect"
import { logAdder } from "../src/parts/fast-log.ts"
import { solve } from "../src/parts/solve.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e6 })))

/** Random members; what is chosen follows the mean of the first two, to the power given. */
const made = (
  seed: number,
  options: { readonly tokens: number; readonly members: number; readonly power?: number }
): ValidationScores => {
  const { tokens, members, power = 1 } = options
  const { uniform, normal } = random(seed)
  const experts = 6
  const scores = Array.from({ length: members }, () => new Float32Array(tokens * experts))
  const ids = new Uint16Array(tokens)
  for (let t = 0; t < tokens; t++) {
    for (const of of scores) {
      const raw = Array.from({ length: experts }, () => Math.exp(normal()))
      const total = raw.reduce((a, b) => a + b, 0)
      raw.forEach((x, e) => (of[t * experts + e] = x / total))
    }
    const chance = Array.from(
      { length: experts },
      (_, e) => (0.7 * scores[0]![t * experts + e]! + 0.3 * scores[1 % members]![t * experts + e]!) ** power
    )
    let left = uniform() * chance.reduce((a, b) => a + b, 0)
    let e = 0
    while (e < experts - 1 && (left -= chance[e]!) > 0) e++
    ids[t] = e
  }
  return { experts, tokens, scores, ids, start: Uint32Array.from({ length: tokens + 1 }, (_, t) => t) }
}

/** Log-likelihood of the validation tokens under a combiner, the plain way. */
const likelihood = (
  { experts, tokens, scores, ids }: ValidationScores,
  chanceOf: (of: ReadonlyArray<ReadonlyArray<number>>) => ReadonlyArray<number>
) => {
  let sum = 0
  for (let t = 0; t < tokens; t++) {
    const rows = scores.map((of) => [...of.subarray(t * experts, (t + 1) * experts)])
    sum += Math.log(chanceOf(rows)[ids[t]!]!)
  }
  return sum
}

const linear = (weights: ArrayLike<number>) => (rows: ReadonlyArray<ReadonlyArray<number>>) =>
  rows[0]!.map((_, e) => rows.reduce((sum, row, m) => sum + weights[m]! * row[e]!, 0))

const product = (weights: ArrayLike<number>) => (rows: ReadonlyArray<ReadonlyArray<number>>) => {
  const raw = rows[0]!.map((_, e) => Math.exp(rows.reduce((sum, row, m) => sum + weights[m]! * Math.log(row[e]!), 0)))
  const total = raw.reduce((a, b) => a + b, 0)
  return raw.map((x) => x / total)
}

/** What the weights maximise: the likelihood, and one selection's worth of prior on each member. */
const withPrior = (validation: ValidationScores, weights: ReadonlyArray<number>) =>
  likelihood(validation, linear(weights)) + weights.reduce((sum, w) => sum + Math.log(w), 0)

describe("mixture weights", () => {
  it.prop("add up to one, and no nearby mixture is likelier", { seed: Seed }, ({ seed }) => {
    const validation = made(seed, { tokens: 400, members: 3 })
    const weights = mixtureWeights(validation)
    assert.closeTo(
      weights.reduce((a, b) => a + b, 0),
      1,
      1e-9
    )
    const best = withPrior(validation, [...weights])
    for (let from = 0; from < 3; from++) {
      for (let to = 0; to < 3; to++) {
        const moved = [...weights]
        const step = Math.min(0.05, moved[from]! / 2)
        moved[from]! -= step
        moved[to]! += step
        // Rounds that end early may cost this much.
        assert.isAbove(best, withPrior(validation, moved) - 0.05)
      }
    }
  })

  it("find what the tokens were drawn from", () => {
    const weights = mixtureWeights(made(1, { tokens: 5000, members: 3 }))
    assert.closeTo(weights[0]!, 0.7, 0.1)
    assert.closeTo(weights[1]!, 0.3, 0.1)
    assert.isBelow(weights[2]!, 0.06)
  })

  it("are equal without validation tokens", () => {
    const none = { ...made(1, { tokens: 0, members: 4 }) }
    assert.deepStrictEqual([...mixtureWeights(none)], [0.25, 0.25, 0.25, 0.25])
    assert.deepStrictEqual([...logLinearWeights(none)], [0.25, 0.25, 0.25, 0.25])
  })
})

describe("log-linear weights", () => {
  it.prop("make the tokens likelier than the mixture's do", { seed: Seed }, ({ seed }) => {
    const validation = made(seed, { tokens: 300, members: 3, power: 2 })
    const weights = logLinearWeights(validation)
    const centre = mixtureWeights(validation)
    assert.isAtLeast(likelihood(validation, product(weights)), likelihood(validation, product(centre)) - 1e-6)
  })

  it("sharpen where members agree", () => {
    const weights = logLinearWeights(made(3, { tokens: 1500, members: 2, power: 3 }))
    assert.isAbove(weights[0]! + weights[1]!, 1.5)
  })

  it.prop("combine as plain loops do", { seed: Seed }, ({ seed }) => {
    const validation = made(seed, { tokens: 60, members: 3 })
    const rows = validation.scores.map((of) => Float64Array.from(of.subarray(0, 6)))
    const plain = rows.map((row) => [...row])
    const out = new Float64Array(6)
    const both = [
      [mixtureFit(validation), linear, 1e-12],
      [logLinearFit(validation), product, 1e-3]
    ] as const
    for (const [{ weights, combine }, rule, tolerance] of both) {
      combine(rows, out)
      rule(weights)(plain).forEach((chance, e) => assert.closeTo(out[e]!, chance, tolerance))
    }
  })
})

it.prop("logarithms from the table are within 2.5e-4", { seed: Seed }, ({ seed }) => {
  const { uniform } = random(seed)
  const values = Float64Array.from({ length: 40 }, () => Math.exp(-20 * uniform()))
  const out = new Float64Array(40)
  logAdder(40)(values, 1, out)
  values.forEach((value, i) => assert.closeTo(out[i]!, Math.log(value), 2.5e-4))
})

it.prop("small systems are solved", { seed: Seed }, ({ seed }) => {
  const { normal } = random(seed)
  const n = 1 + (seed % 6)
  const root = Array.from({ length: n }, () => Array.from({ length: n }, normal))
  const matrix = Float64Array.from({ length: n * n }, (_, i) => {
    const [a, b] = [root[Math.floor(i / n)]!, root[i % n]!]
    return a.reduce((sum, x, k) => sum + x * b[k]!, 0) + (Math.floor(i / n) === i % n ? 0.1 : 0)
  })
  const right = Float64Array.from({ length: n }, normal)
  const x = solve(matrix, right)
  for (let i = 0; i < n; i++) {
    const row = x.reduce((sum, value, k) => sum + matrix[i * n + k]! * value, 0)
    assert.closeTo(row, right[i]!, 1e-6)
  }
})
