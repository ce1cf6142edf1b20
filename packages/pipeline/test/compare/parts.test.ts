/** Parts of comparisons against plain definitions on random values. */
import { assert, describe, it } from "@effect/vitest"
import { random } from "@moira/core"
import { breaksOf } from "../../src/compare/breaks.ts"
import { elasticityOf } from "../../src/compare/lines.ts"
import { numbersAndWords } from "../../src/compare/spec-parameters.ts"
import { paretoFront, type Point } from "../../src/compare/pareto.ts"
import { sumWaterfalls, waterfallOf } from "../../src/compare/waterfall.ts"

describe("front", () => {
  const beats = (a: Point, b: Point) => a.gain >= b.gain && a.cost <= b.cost && (a.gain > b.gain || a.cost < b.cost)

  it("is what no point beats, and says of every other point which one of the front beats it", () => {
    const { below } = random(7)
    for (let round = 0; round < 300; round++) {
      // Few values, so that there are ties.
      const size = below(12) + (round % 2 === 0 ? 1 : 40)
      const range = round % 3 === 0 ? 4 : 1000
      const points = Array.from({ length: size }, () => ({ gain: below(range), cost: below(range) }))
      const { front, dominated } = paretoFront(points)
      const wanted = points.flatMap((one, i) => (points.some((other) => beats(other, one)) ? [] : [i]))
      assert.deepStrictEqual(
        front.toSorted((a, b) => a - b),
        wanted
      )
      assert.strictEqual(front.length + dominated.length, size)
      for (const { point, by } of dominated) {
        assert.include(front, by)
        assert.isTrue(beats(points[by]!, points[point]!))
      }
      for (const [i, at] of front.entries()) if (i > 0) assert.isAtLeast(points[at]!.cost, points[front[i - 1]!]!.cost)
    }
  })

  it("has its knee where the gain for the cost is greatest, and none on a straight line", () => {
    const at = (all: ReadonlyArray<readonly [number, number]>) =>
      paretoFront(all.map(([cost, gain]) => ({ cost, gain }))).knee
    assert.strictEqual(
      at([
        [1, 1],
        [2, 8],
        [3, 9],
        [10, 10]
      ]),
      1
    )
    assert.isUndefined(
      at([
        [1, 1],
        [2, 2],
        [3, 3]
      ])
    )
    assert.isUndefined(
      at([
        [1, 1],
        [9, 2],
        [10, 10]
      ])
    )
    assert.isUndefined(at([[1, 1]]))
    assert.isUndefined(at([]))
  })
})

describe("waterfall", () => {
  const names = ["arithmetic", "reading", "imbalance", "link", "exchange", "decision", "latency"]

  it("adds up to the time, to the picosecond, whatever the parts and the bound", () => {
    const { below, uniform } = random(3)
    for (let round = 0; round < 500; round++) {
      const ps = names.map(() => (below(3) === 0 ? 0 : below(round % 2 === 0 ? 1e12 : 9)))
      const timePs = ps.reduce((sum, part) => sum + part, 0)
      if (timePs === 0) continue
      const parts = Object.fromEntries(names.map((name, i) => [name, ps[i]! / timePs]))
      const ratio = 1 + 4 * uniform()
      const found = waterfallOf({ time_ps: timePs, lower_bound_ratio: ratio }, parts)!
      assert.strictEqual(
        found.reduce((sum, one) => sum + one.ps, 0),
        timePs
      )
      assert.isTrue(found.every((one) => Number.isSafeInteger(one.ps) && one.ps >= 0))
      assert.strictEqual(found[0]!.ps, Math.round(timePs / ratio))
      // A part adds no more than it is.
      for (const { part, ps: added } of found.slice(2)) assert.isAtMost(added, ps[names.indexOf(part)]!)
      assert.isAtMost(found[1]!.ps, ps[0]! + ps[1]!)
      const twice = sumWaterfalls([found, found])!
      assert.strictEqual(
        twice.reduce((sum, one) => sum + one.ps, 0),
        2 * timePs
      )
    }
  })

  it("begins with the bound: what lies below it is no part's", () => {
    const parts = { reading: 0.5, imbalance: 0.25, latency: 0.25 }
    const steps = (ratio: number) =>
      waterfallOf({ time_ps: 100, lower_bound_ratio: ratio }, parts)!
        .filter(({ ps }) => ps > 0)
        .map(({ part, ps }) => [part, ps])
    assert.deepStrictEqual(steps(4), [
      ["bound", 25],
      ["work", 25],
      ["imbalance", 25],
      ["latency", 25]
    ])
    assert.deepStrictEqual(steps(2), [
      ["bound", 50],
      ["imbalance", 25],
      ["latency", 25]
    ])
    assert.deepStrictEqual(steps(100 / 60), [
      ["bound", 60],
      ["imbalance", 15],
      ["latency", 25]
    ])
    assert.deepStrictEqual(steps(1), [["bound", 100]])
  })

  it("is none where a run lacks a figure, beats its bound, or its parts do not add up", () => {
    const whole = { time_ps: 100, lower_bound_ratio: 2 }
    assert.isNull(waterfallOf({ lower_bound_ratio: 2 }, { latency: 1 }))
    assert.isNull(waterfallOf({ time_ps: 100 }, { latency: 1 }))
    assert.isNull(waterfallOf({ ...whole, lower_bound_ratio: 0.5 }, { latency: 1 }))
    assert.isNull(waterfallOf(whole, { latency: 0.9 }))
    assert.isNull(waterfallOf(whole, {}))
    assert.isNull(sumWaterfalls([waterfallOf(whole, { latency: 1 }), null]))
    assert.isNull(sumWaterfalls([]))
  })
})

describe("breaks", () => {
  it("bracket the bend of min(a x field, b) wherever it lies, and are none without a bend", () => {
    const { uniform, below } = random(11)
    for (let round = 0; round < 400; round++) {
      const count = 4 + below(6)
      let value = 1 + uniform()
      const values = Array.from({ length: count }, () => (value *= 1.3 + uniform()))
      // At a value of the grid itself, or anywhere.
      const bend =
        round % 5 === 0 ? values[below(count)]! : values[0]! * (values.at(-1)! / values[0]!) ** (1.4 * uniform() - 0.2)
      const told = round % 2 === 0
      const found = breaksOf(
        values.map((x) => ({ value: x, rate: Math.min(x, bend), binds: told ? (x < bend ? "link" : "reading") : null }))
      )
      const inside = bend > values[1]! && bend < values.at(-2)!
      if (inside) {
        assert.strictEqual(found.length, 1, `${values.join()} ${bend}`)
        assert.isAtMost(found[0]!.low, bend * 1.005)
        assert.isAtLeast(found[0]!.high, bend / 1.005)
        assert.isAtMost(values.indexOf(found[0]!.high) - values.indexOf(found[0]!.low), 1)
        if (told) assert.deepStrictEqual([found[0]!.bindsBelow, found[0]!.bindsAbove], ["link", "reading"])
      }
      if (bend <= values[0]! || bend > values.at(-1)!) assert.deepStrictEqual(found, [])
    }
  })

  it("tell each of two bends with the slopes between them", () => {
    const values = [1, 2, 4, 8, 16, 32, 64]
    const rate = (x: number) => (x < 4 ? x ** 0.1 : x < 16 ? 4 ** 0.1 * (x / 4) ** 0.9 : 4 ** 0.1 * 4 ** 0.9)
    const found = breaksOf(values.map((value) => ({ value, rate: rate(value), binds: null })))
    assert.deepStrictEqual(
      found.map(({ low, high }) => [low, high]),
      [
        [4, 4],
        [16, 16]
      ]
    )
    for (const [i, slopes] of [
      [0.1, 0.9],
      [0.9, 0]
    ].entries()) {
      assert.closeTo(found[i]!.elasticityBelow!, slopes[0]!, 1e-9)
      assert.closeTo(found[i]!.elasticityAbove!, slopes[1]!, 1e-9)
    }
  })

  it("tell a part that begins to bind where the curve ends, and leave one that changes nothing", () => {
    const curve = (parts: ReadonlyArray<string>, slope: number) =>
      breaksOf(parts.map((binds, i) => ({ value: 2 ** i, rate: 2 ** (slope * i), binds })))
    const [last, ...none] = curve(["link", "link", "reading"], 1)
    assert.deepStrictEqual([last!.low, last!.high, none.length], [2, 4, 0])
    assert.closeTo(last!.elasticityBelow!, 1, 1e-9)
    assert.isNull(last!.elasticityAbove, "nothing was run beyond the last point")
    const [first] = curve(["link", "reading", "reading"], 1)
    assert.deepStrictEqual([first!.low, first!.high, first!.elasticityBelow], [1, 2, null])
    assert.closeTo(first!.elasticityAbove!, 1, 1e-9)
    assert.deepStrictEqual(curve(["link", "link", "reading", "reading"], 1), [])
  })
})

it("elasticities are slopes of logarithms, and none at 0", () => {
  const power = (e: number) => [1, 3, 10, 20].map((x) => ({ x, y: 5 * x ** e }))
  for (const e of [-1, 0, 0.37, 2]) assert.closeTo(elasticityOf(power(e))!, e, 1e-12)
  assert.isUndefined(
    elasticityOf([
      { x: 0, y: 1 },
      { x: 1, y: 1 }
    ])
  )
  assert.isUndefined(
    elasticityOf([
      { x: 1, y: 0 },
      { x: 2, y: 1 }
    ])
  )
  assert.isUndefined(
    elasticityOf([
      { x: 1, y: 1 },
      { x: 1, y: 2 }
    ])
  )
})

it("a spec is its numbers and words by dotted name, without remarks on where they come from", () => {
  const spec = { a: 1, b: { c: 2, source: "a paper", d: null }, e: "xy", f: [[1, 2]], g: true, h: Number.NaN }
  assert.deepStrictEqual(numbersAndWords(spec, "machine."), {
    "machine.a": 1,
    "machine.b.c": 2,
    "machine.e": "xy",
    "machine.f": "[[1,2]]",
    "machine.g": "true"
  })
  assert.deepStrictEqual(numbersAndWords(null, ""), {})
})
