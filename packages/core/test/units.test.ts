import { assert, it } from "@effect/vitest"
import { formatBytes, formatCount, formatPs, wholePs } from "../src/units.ts"
import { Schema } from "effect"

it.each([
  [0, "0 B"],
  [1, "1 B"],
  [999, "999 B"],
  [1000, "1.00 kB"],
  [1536, "1.54 kB"],
  [99_949, "99.9 kB"],
  [100_000, "100 kB"],
  [999_499, "999 kB"],
  [999_999, "1.00 MB"],
  [44_040_192, "44.0 MB"],
  [1.2345e12, "1.23 TB"],
  [5e18, "5000 PB"],
  [-1_500_000, "-1.50 MB"]
])("%d bytes are %s", (bytes, text) => assert.strictEqual(formatBytes(bytes), text))

it.each([
  [0, "0 ps"],
  [300_000, "300 ns"],
  [1_234_567, "1.23 us"],
  [999_999_999, "1.00 ms"],
  [2.5e12, "2.50 s"],
  [9e15, "9000 s"]
])("%d picoseconds are %s", (ps, text) => assert.strictEqual(formatPs(ps), text))

it("counts have thousands separators", () => {
  assert.deepStrictEqual([formatCount(0), formatCount(1234567)], ["0", "1,234,567"])
})

it("whole picoseconds are rounded up, so that work takes time", () => {
  assert.strictEqual(wholePs(0), 0)
  assert.strictEqual(wholePs(1e-18), 1)
  assert.strictEqual(wholePs(1.5e-12), 2)
  assert.strictEqual(wholePs(1), 1e12)
})

it("whole nanoseconds are whole thousands of picoseconds", () => {
  for (let ns = 1; ns <= 20_000; ns++) assert.strictEqual(wholePs(ns / 1e9), ns * 1000)
})

it("a time beyond 2^53 ps, or none at all, is a programming error", () => {
  for (const seconds of [9008, Number.POSITIVE_INFINITY, Number.NaN]) assert.throws(() => wholePs(seconds), RangeError)
})

it.prop("a longer time is never fewer picoseconds", [Schema.Finite, Schema.Finite], ([a, b]) => {
  const [x, y] = [Math.abs(a) % 9000, Math.abs(b) % 9000].toSorted((p, q) => p - q)
  assert.isAtMost(wholePs(x!), wholePs(y!))
})
