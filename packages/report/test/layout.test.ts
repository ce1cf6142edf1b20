import { evidenceOf } from "@moira/results"
import { smallAnalysis } from "./sample/small.ts"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { bars } from "../src/drawing/bars.ts"
import { heightAt, meanCurve } from "../src/drawing/curves.ts"
import { fitText, spread, textWidth } from "../src/drawing/text.ts"
import { decades, integerTicks, linearTicks, logTicks, niceCeil } from "../src/drawing/ticks.ts"
import { extentOf, layoutOf } from "../src/kinds/simulation/figures/mesh-panel.ts"
import { profilesAtOneLayer, sharing } from "../src/kinds/analysis/figures/task-matrix.ts"
import { againstNoise } from "../src/kinds/analysis/figures/noise-floor.ts"
import { shortNames } from "../src/kinds/analysis/figures/task-names.ts"
import { seriated } from "../src/kinds/analysis/figures/task-order.ts"
import { compact, duration, percent, points, real, tick, times } from "../src/format.ts"
import { strategyColours } from "../src/theme.ts"
import { analysis } from "./sample/analysis.ts"
import { figures } from "./sample/render.ts"

const between = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum, maximum }))))

describe("labels", () => {
  it.prop(
    "are spread apart, in order, inside their range where they fit",
    { wanted: Arbitrary.array(between(0, 300), { maxLength: 12 }) },
    ({ wanted }) => {
      const moved = spread(wanted, 20, 0, 300)
      const order = wanted.map((_, i) => i).toSorted((a, b) => wanted[a]! - wanted[b]! || a - b)
      for (const [k, i] of order.slice(1).entries()) assert.isAtLeast(moved[i]! - moved[order[k]!]!, 20 - 1e-6)
      for (const y of moved) assert.isTrue(y >= -1e-6 && y <= 300 + 1e-6)
    }
  )

  it("stay where they are without need", () => {
    assert.deepStrictEqual(spread([10, 50, 90], 20, 0, 100), [10, 50, 90])
    assert.deepStrictEqual(spread([50, 50], 20, 0, 100), [40, 60])
  })

  it.prop("are cut to fit", { text: Arbitrary.schema(Schema.String), room: between(20, 400) }, ({ text, room }) => {
    const cut = fitText(text, 14, room)
    assert.isTrue(textWidth(cut, 14) <= room || Array.from(cut).length <= 2)
    if (textWidth(text, 14) <= room) assert.strictEqual(cut, text)
  })
})

describe("ticks", () => {
  it.prop(
    "are round, inside the range and not too many",
    { low: between(-1000, 1000), size: between(0.001, 5000) },
    ({ low, size }) => {
      const ticks = linearTicks(low, low + size, 6)
      assert.isTrue(ticks.length >= 1 && ticks.length <= 8)
      for (const t of ticks) assert.isTrue(t >= low - size * 1e-6 && t <= low + size * (1 + 1e-6))
    }
  )

  it.prop("end an axis at or above its greatest value", { value: between(1e-6, 1e12) }, ({ value }) => {
    const end = niceCeil(value)
    assert.isTrue(end >= value * (1 - 1e-9) && end <= value * 1.5)
  })

  it("are powers of ten on a log scale, with steps between where there are few", () => {
    assert.deepStrictEqual(logTicks(1, 10), [1, 2, 5, 10])
    assert.deepStrictEqual(logTicks(1, 1e6, 7), [1, 10, 100, 1e3, 1e4, 1e5, 1e6])
    assert.deepStrictEqual(decades([0, 30, 4000]), [10, 10_000])
    assert.deepStrictEqual(decades([10]), [1, 10])
    assert.deepStrictEqual(decades([0, 0]), [1, 10])
  })

  it("are whole for layers", () => {
    assert.deepStrictEqual(integerTicks(3, 6), [3, 4, 5, 6])
    assert.isTrue(integerTicks(1, 60).every(Number.isInteger))
  })
})

describe("bars", () => {
  const axis = { label: "x", format: String }
  const widths = (log: boolean, ...values: ReadonlyArray<number>) => {
    const rows = values.map((value) => ({ label: "a", segments: [{ value, colour: "#0072b2" }], text: "" }))
    const { body } = bars([{ title: "", rows }], { ...axis, log }, 960)
    return [...body.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map((m) => Number(m[1]))
  }

  it("are as long as their values on a linear scale", () => {
    const [a, b] = widths(false, 10, 40)
    assert.closeTo(b! / a!, 4, 0.01)
  })

  it("stack their segments end to end", () => {
    const rows = [{ label: "a", segments: [10, 30].map((value) => ({ value, colour: "#0072b2" })), text: "" }]
    const { body } = bars([{ title: "", rows }], axis, 960)
    const [first, second] = [...body.matchAll(/<rect[^>]*>/g)].map(([rect]) =>
      ["x", "width"].map((name) => Number(new RegExp(` ${name}="([\\d.]+)"`).exec(rect)![1]))
    )
    assert.closeTo(second![0]!, first![0]! + first![1]!, 0.1)
    assert.closeTo(second![1]! / first![1]!, 3, 0.01)
  })

  it("grow by a decade's length for each factor of ten on a log scale, and have none at 0", () => {
    const lengths = widths(true, 0, 10, 100, 1000)
    assert.strictEqual(lengths.length, 3)
    assert.closeTo(lengths[1]! - lengths[0]!, lengths[2]! - lengths[1]!, 0.1)
  })
})

describe("numbers", () => {
  it("read as people write them", () => {
    const plain = (text: string) => text.replaceAll("\u00a0", " ")
    assert.strictEqual(plain(percent(0.4567)), "45.7 %")
    assert.strictEqual(plain(points(0.0846)), "+8.5 points")
    assert.strictEqual(plain(points(-0.02)), "\u22122.0 points")
    assert.strictEqual(plain(points(0.0001)), "±0.0 points")
    assert.strictEqual(times(142.3), "142×")
    assert.strictEqual(times(2.4), "2.40×")
    assert.strictEqual(plain(compact(1_234_567)), "1.23 M")
    assert.strictEqual(plain(compact(0)), "0")
    assert.strictEqual(plain(duration(20_000_000)), "20.0 µs")
    assert.strictEqual(plain(tick(duration)(20_000_000)), "20 µs")
    assert.strictEqual(real(0.9), "0.90")
    assert.strictEqual(real(0.00012), "1.2e-4")
    assert.strictEqual(real(12), "12")
  })
})

describe("curves", () => {
  it("are averaged point by point and read off between points", () => {
    assert.deepStrictEqual(
      meanCurve([
        [0, 0.4, 1],
        [0, 0.6, 1]
      ]),
      [0, 0.5, 1]
    )
    assert.closeTo(heightAt({ xs: [0, 0.5, 1], ys: [0, 0.8, 1] }, 0.25), 0.4, 1e-12)
    assert.closeTo(heightAt({ xs: [0, 0.5, 1], ys: [0, 0.8, 1] }, 0.5), 0.8, 1e-12)
  })
})

describe("colours of strategies", () => {
  it("belong to the name, not to the company", () => {
    const few = strategyColours(["base", "mine"])
    const many = strategyColours(["base", "ep", "allo", "mine"])
    for (const name of few.keys()) assert.strictEqual(few.get(name), many.get(name))
  })

  it("are all different for up to ten strategies", () => {
    const names = ["base", "ep", "allo", "balance", "pred", "allo+pred", "mine", "yours", "theirs", "ours"]
    assert.strictEqual(new Set(strategyColours(names).values()).size, names.length)
  })
})

describe("tasks", () => {
  it("are ordered so that neighbours are alike", () => {
    const place: Record<string, number> = { a: 0, d: 10, b: 1, e: 11, c: 2 }
    const names = Object.keys(place)
    const distances = names.flatMap((a, i) =>
      names
        .slice(i + 1)
        .map((b) => ({ kind: "subject" as const, a, b, distance: Math.abs(place[a]! - place[b]!) / 11, noise: null }))
    )
    const order = seriated(distances).join("")
    assert.isTrue(order === "edcba" || order === "abcde", order)
  })

  it("are told apart from noise, where halves of one task were compared", () => {
    const of = (a: string, b: string, distance: number) => ({ kind: "language" as const, a, b, distance, noise: null })
    const sentence = againstNoise([of("en", "en", 0.1), of("zh", "zh", 0.2), of("en", "zh", 0.5)])
    assert.match(sentence, /halves .* 0\.15 apart .* 0\.50 apart/)
    assert.strictEqual(againstNoise([of("en", "zh", 0.5)]), "")
    assert.strictEqual(againstNoise([of("en", "en", 0.1)]), "")
    const drawn = { ...of("en", "zh", 0.5), noise: { mean: 0.1, high: 0.2 } }
    assert.match(againstNoise([drawn, { ...drawn, distance: 0.15 }]), /^ 1 of 2 pairs .* random groups/)
    assert.strictEqual(seriated([of("en", "en", 0.9), of("zh", "zh", 0.1), of("en", "zh", 0.5)]).length, 2)
  })

  it("too many to name are drawn as a picture, and the largest ones as rows", () => {
    const document = smallAnalysis()
    const names = Array.from({ length: 90 }, (_, i) => `s${i}`)
    const pairs = names.flatMap((a, i) => names.slice(i).map((b) => ({ a, b })))
    const noise = null
    document.spatial!.distances = pairs.map((pair) => ({ kind: "subject", ...pair, distance: 0.3, noise }))
    const profile = document.spatial!.profiles.find(({ kind }) => kind === "subject")!
    document.spatial!.profiles = names.map((name, i) => ({ ...profile, name, requests: i }))
    const draw = (id: string) => figures.find((f) => f.id === id)!.draw(evidenceOf([document]))!
    const distances = draw("subject-distances")
    assert.include(distances.svg, "90 tasks, those alike together")
    assert.isBelow(distances.svg.length, 100_000)
    const experts = draw("subject-experts")
    assert.include(experts.svg, ">s89<")
    assert.notInclude(experts.svg, ">s29<")
    assert.include(experts.caption, "60 subjects with the most requests of 90")
  })

  it("drop a benchmark that all share, and only then", () => {
    assert.strictEqual(shortNames(["mmlu/a", "mmlu/b"]).get("mmlu/a"), "a")
    assert.strictEqual(shortNames(["mmlu/a", "aime/b"]).get("mmlu/a"), "mmlu/a")
    assert.strictEqual(shortNames(["a", "b"]).get("a"), "a")
  })

  it("share experts or not: every hot expert is counted once", () => {
    const profiles = profilesAtOneLayer(analysis().spatial!.profiles, "subject")
    assert.strictEqual(profiles.length, 57)
    const experts = sharing(profiles)
    const hot = new Map<number, number>()
    for (const p of profiles) for (const { expert } of p.top) hot.set(expert, (hot.get(expert) ?? 0) + 1)
    assert.strictEqual(experts.length, hot.size)
    for (const { expert, tasks, group } of experts) {
      assert.strictEqual(tasks, hot.get(expert))
      assert.strictEqual(group, tasks === 1 ? "single" : tasks >= 57 / 2 ? "shared" : "several")
    }
  })
})

describe("layout of units", () => {
  const machine = (places: ReadonlyArray<readonly [number, number] | null>) => ({
    name: "m",
    backend: "b",
    spec: null,
    links: [],
    units: places.map((at, u) => ({ name: `u${u}`, at }))
  })

  it("is in steps of the nearest distance, whatever the unit of positions", () => {
    const layout = layoutOf(
      machine([
        [33, 66],
        [66, 66],
        [33, 99],
        [66, 99]
      ])
    )!
    assert.deepStrictEqual(layout, [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1]
    ])
    assert.deepStrictEqual(extentOf(layout), [2, 2])
  })

  it("is none where a position is missing or taken twice", () => {
    assert.isUndefined(layoutOf(machine([[0, 0], [1, 0], null])))
    assert.isUndefined(
      layoutOf(
        machine([
          [0, 0],
          [0, 0]
        ])
      )
    )
    assert.isUndefined(layoutOf(machine([[0, 0]])))
  })
})
