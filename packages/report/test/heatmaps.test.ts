import type { CountMatrix } from "@moira/results"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { decode } from "fast-png"
import { around, ember, sea } from "../src/drawing/ramp.ts"
import { rasterImage } from "../src/drawing/raster.ts"
import { overRandom } from "../src/kinds/analysis/figures/pair-heatmaps.ts"
import { conditional, quantile } from "../src/kinds/analysis/figures/relation-heatmaps.ts"

const count = Arbitrary.schema(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 50 }))))
const matrix = Arbitrary.array(count, { minLength: 25, maxLength: 25 }).pipe(
  Arbitrary.map((counts): CountMatrix => ({ size: 5, counts }))
)
const indices = [0, 1, 2, 3, 4]

describe("conditional probabilities", () => {
  it.prop("are each row's counts over their sum", { matrix }, ({ matrix: m }) => {
    const p = conditional(m)
    for (const i of indices) {
      const row = m.counts.slice(5 * i, 5 * i + 5)
      const sum = row.reduce((a, b) => a + b, 0)
      assert.deepStrictEqual([...p.subarray(5 * i, 5 * i + 5)], sum === 0 ? [0, 0, 0, 0, 0] : row.map((c) => c / sum))
    }
  })

  it("scale to a quantile of what was seen", () => {
    assert.strictEqual(quantile(Float64Array.from([0, 0, 1, 2, 3, 4]), 0.5), 3)
    assert.strictEqual(quantile(Float64Array.from([0, 0]), 0.5), 0)
  })
})

describe("co-activation over random", () => {
  it.prop("does not depend on whether both halves of the matrix are given", { matrix }, ({ matrix: m }) => {
    const upper = { size: 5, counts: m.counts.map((c, k) => (k % 5 > Math.floor(k / 5) ? c : 0)) }
    const both = { size: 5, counts: upper.counts.map((c, k) => c + upper.counts[(k % 5) * 5 + Math.floor(k / 5)]!) }
    const a = overRandom(upper)
    const b = overRandom(both)
    for (const k of a.keys()) assert.closeTo(a[k]!, b[k]!, 1e-9)
  })

  it.prop(
    "is 1 for pairs of independent choices",
    { weights: Arbitrary.array(count, { minLength: 6, maxLength: 6 }) },
    ({ weights }) => {
      const counts = weights.flatMap((a, i) => weights.map((b, j) => (i === j ? 0 : a * b)))
      const ratios = overRandom({ size: 6, counts }, weights)
      const possible = weights.filter((w) => w > 0).length > 1
      for (const [k, ratio] of ratios.entries()) {
        if (possible && counts[k]! > 0) assert.closeTo(ratio, 1, 1e-9)
        else assert.strictEqual(ratio, -1)
      }
    }
  )

  it("is above 1 for a pair that keeps together, and takes margins where no popularity is given", () => {
    const size = 40
    const counts = Array.from({ length: size * size }, (_, k): number => (k % (size + 1) === 0 ? 0 : 10))
    counts[1] = 100
    counts[size] = 100
    assert.closeTo(overRandom({ size, counts }, counts.slice(0, size).fill(1))[1]!, 9.9, 0.2)
    assert.isAbove(overRandom({ size, counts })[1]!, 6)
  })

  it("knows no expectation for experts without partners", () => {
    assert.isTrue(overRandom({ size: 3, counts: [0, 0, 0, 0, 0, 0, 0, 0, 0] }).every((r) => r === -1))
  })
})

describe("rasters", () => {
  const pixels = (image: string) => {
    const uri = /base64,([^"]+)"/.exec(image)![1]!
    const png = decode(Buffer.from(uri, "base64"))
    return [...png.data].map((i) => png.palette![i]!.slice(0, 3))
  }

  it("hold the ramp's colour of each cell, clamped to its ends", () => {
    const image = rasterImage({ columns: 3, rows: 2, values: [-1, 0, 0.5, 1, 2, 1], ramp: sea }, 0, 0, 30, 20)
    const expected = [0, 0, 0.5, 1, 1, 1].map((t) => sea.rgb(t))
    for (const [i, pixel] of pixels(image).entries()) {
      for (const c of [0, 1, 2]) assert.closeTo(pixel[c]!, expected[i]![c]!, 3)
    }
  })

  it("stay sharp while cells are at least a pixel", () => {
    const wide = { columns: 50, rows: 1, values: new Float64Array(50), ramp: sea }
    assert.include(rasterImage(wide, 0, 0, 50, 10), "pixelated")
    assert.notInclude(rasterImage(wide, 0, 0, 40, 10), "pixelated")
  })

  it("use ramps that darken evenly, so that they read in grey too", () => {
    const luminance = ([r, g, b]: readonly [number, number, number]) => 0.2126 * r + 0.7152 * g + 0.0722 * b
    for (const ramp of [sea, ember]) {
      const steps = Array.from({ length: 33 }, (_, i) => luminance(ramp.rgb(i / 32)))
      for (const [i, step] of steps.slice(1).entries()) assert.isBelow(step, steps[i]!)
    }
    for (const side of [0, 1]) assert.isBelow(luminance(around.rgb(side)), luminance(around.rgb(0.5)) / 3)
  })
})
