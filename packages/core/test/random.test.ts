import { assert, it } from "@effect/vitest"
import { random, substream } from "../src/random.ts"

/** xoshiro128** and splitmix32 from their definitions, in arithmetic that cannot overflow. */
const reference = (seed: number) => {
  const u32 = (x: bigint) => BigInt.asUintN(32, x)
  let s = BigInt(seed)
  const mix = () => {
    s = u32(s + 0x9e3779b9n)
    let z = s
    z = u32((z ^ (z >> 16n)) * 0x21f0aaadn)
    z = u32((z ^ (z >> 15n)) * 0x735a2d97n)
    return z ^ (z >> 15n)
  }
  const rotl = (x: bigint, k: bigint) => u32(x << k) | (x >> (32n - k))
  const state = [mix(), mix(), mix(), mix() | 1n] as [bigint, bigint, bigint, bigint]
  return () => {
    const result = u32(rotl(u32(state[1] * 5n), 7n) * 9n)
    const t = u32(state[1] << 9n)
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= t
    state[3] = rotl(state[3], 11n)
    return Number(result)
  }
}

it("is xoshiro128** seeded by splitmix32", () => {
  for (const seed of [0, 1, 42, 0x7fffffff, 0x80000000, 0xffffffff]) {
    const [{ uint32 }, expected] = [random(seed), reference(seed)]
    for (let i = 0; i < 500; i++) assert.strictEqual(uint32(), expected())
  }
})

// Published results name their seed: these draws must never change.
it("gives the same first draws for ever", () => {
  const { uint32 } = random(1)
  assert.deepStrictEqual(
    [uint32(), uint32(), uint32(), uint32()],
    [393_288_148, 2_174_103_013, 3_814_759_091, 2_092_745_082]
  )
  assert.deepStrictEqual(
    [substream(1), substream(1, 2), substream(1, "split", 3)],
    [3_811_535_168, 1_016_426_523, 1_669_010_826]
  )
})

const moments = (values: ReadonlyArray<number>) => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  return { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length }
}

it("uniform draws have the mean 1/2 and the variance 1/12, and stay in [0, 1)", () => {
  const { uniform } = random(3)
  const values = Array.from({ length: 200_000 }, uniform)
  const { mean, variance } = moments(values)
  // Five standard errors.
  assert.closeTo(mean, 0.5, 5 * Math.sqrt(1 / 12 / values.length))
  assert.closeTo(variance, 1 / 12, 5 * Math.sqrt(1 / 180 / values.length))
  assert.isTrue(values.every((value) => value >= 0 && value < 1))
})

it("below(n) reaches each of n values equally often", () => {
  const { below } = random(4)
  for (const n of [1, 2, 7, 100]) {
    const counts = new Uint32Array(n)
    const draws = 20_000 * Math.min(n, 10)
    for (let i = 0; i < draws; i++) counts[below(n)]!++
    const expected = draws / n
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // Mean n - 1, variance 2 (n - 1).
    assert.isAtMost(chiSquared, n - 1 + 5 * Math.sqrt(2 * (n - 1)))
    assert.strictEqual(
      counts.reduce((a, b) => a + b, 0),
      draws
    )
  }
})

it("normal draws have the mean 0, the variance 1 and the tails of a normal", () => {
  const { normal } = random(5)
  const values = Array.from({ length: 200_000 }, normal)
  const { mean, variance } = moments(values)
  assert.closeTo(mean, 0, 5 / Math.sqrt(values.length))
  assert.closeTo(variance, 1, 5 * Math.sqrt(2 / values.length))
  assert.closeTo(values.filter((z) => Math.abs(z) < 1.959964).length / values.length, 0.95, 0.003)
})

it("substreams differ between near seeds, names and orders of names", () => {
  const seen = new Set<number>()
  let made = 0
  const add = (seed: number) => {
    seen.add(seed)
    made++
  }
  for (let seed = 0; seed < 20; seed++) {
    for (let r = 0; r < 120; r++) {
      add(substream(seed, r))
      for (const layer of [0, 1, 9, 10]) add(substream(seed, r, layer))
    }
    for (const names of [["ab", "c"], ["a", "bc"], ["abc"], ["c", "ab"], [""], ["", ""]]) add(substream(seed, ...names))
  }
  assert.strictEqual(seen.size, made)
})

it("substreams of near names are uncorrelated", () => {
  const n = 20_000
  for (const [a, b] of [
    [substream(1, 0), substream(1, 1)],
    [substream(1, 0), substream(2, 0)],
    [substream(1, "x", 10), substream(1, "x", 11)],
    [1, 2]
  ] as const) {
    const [x, y] = [random(a).uniform, random(b).uniform]
    let product = 0
    for (let i = 0; i < n; i++) product += (x() - 0.5) * (y() - 0.5)
    // The correlation of independent draws is normal with the standard error 1 / sqrt(n).
    assert.isBelow(Math.abs(product * 12) / n, 5 / Math.sqrt(n))
  }
})
