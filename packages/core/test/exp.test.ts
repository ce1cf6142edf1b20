import { assert, describe, it } from "@effect/vitest"
import { exp } from "../src/statistics/exp.ts"
import { random } from "../src/index.ts"

/** How many numbers of double precision lie between two of one sign. */
const steps = (a: number, b: number): number => {
  const bits = new BigInt64Array(Float64Array.of(a, b).buffer)
  return Math.abs(Number(bits[0]! - bits[1]!))
}

describe("exp", () => {
  it("is the engine's to one unit in the last place, near 0, near multiples of ln 2 and anywhere", () => {
    const { uniform } = random(5)
    for (let i = 0; i < 30_000; i++) {
      const near = 10 ** (-20 * uniform()) * (uniform() - 0.5)
      const edge = (Math.round(3 * uniform()) - 1.5) * Math.LN2 * (1 + 1e-5 * (uniform() - 0.5))
      for (const x of [near, edge, 1416 * (uniform() - 0.5)]) assert.isAtMost(steps(exp(x), Math.exp(x)), 1, `${x}`)
    }
  })

  it("has the very bits of fdlibm's, whatever the engine's own are", () => {
    const known = [
      [0.1, 1.1051709180756477],
      [-0.25, 0.7788007830714049],
      [0.5, 1.6487212707001282],
      [1, Math.E],
      [-3.7, 0.024723526470339388],
      [12.3, 219695.9886721379],
      [-700, 9.85967654375977e-305]
    ] as const
    for (const [x, bits] of known) assert.strictEqual(exp(x), bits)
  })

  it("of what is far off is as the engine says", () => {
    for (const x of [0, -0, 710, -750, NaN, Infinity, -Infinity]) assert.isTrue(Object.is(exp(x), Math.exp(x)))
  })
})
