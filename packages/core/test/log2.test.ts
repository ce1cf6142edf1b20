import { assert, describe, it } from "@effect/vitest"
import { log2 } from "../src/statistics/log2.ts"
import { random } from "../src/index.ts"

/** Bits between two numbers of one sign, as steps in the last place. */
const steps = (a: number, b: number): number => {
  const bits = new BigInt64Array(Float64Array.of(a, b).buffer)
  return Math.abs(Number(bits[0]! - bits[1]!))
}

describe("log2", () => {
  it("is the engine's to one unit in the last place, near 1, of shares and of any size", () => {
    const { uniform } = random(3)
    for (let i = 0; i < 30_000; i++) {
      for (const x of [uniform() || 1, 0.5 + uniform(), 10 ** (600 * uniform() - 300)])
        assert.isAtMost(steps(log2(x), Math.log2(x)), 1, `${x}`)
    }
  })

  it("has the very bits of FreeBSD's, whatever the engine's own are", () => {
    const known = [
      [0.3, -1.7369655941662063],
      [0.9, -0.15200309344504995],
      [1.1, 0.13750352374993502],
      [3, 1.584962500721156],
      [1 / 7, -2.807354922057604],
      [1e-5, -16.609640474436812],
      [123456.789, 16.913646648198387]
    ] as const
    for (const [x, bits] of known) assert.strictEqual(log2(x), bits)
  })

  it("of powers of two is whole, and of what has none as the engine says", () => {
    for (let k = -1074; k <= 1023; k++) assert.strictEqual(log2(2 ** k), k)
    for (const x of [0, -0, -1, NaN, Infinity, -Infinity]) assert.isTrue(Object.is(log2(x), Math.log2(x)))
  })
})
