import { assert, it } from "@effect/vitest"
import { fabricOf, type Machine, makePlacement } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import { balances } from "../src/score/balances.ts"
import { chosenShares } from "../src/loads/unit-loads.ts"
import { copiesSharingUnit, migration } from "../src/score/migration.ts"
import { countedTraffic, crossServerBytes, expectedTraffic, linkBytes, trafficBytes } from "../src/score/traffic.ts"
import { makeScore } from "../src/score/score.ts"
import { trafficForms } from "../src/score/traffic-files.ts"
import { scoreIntervals } from "../src/score/bootstrap.ts"
import { findModel, moeLayers, random } from "@moira/core"
import { Effect } from "effect"

const spec = { dies: 4, linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }
const machine = Effect.runSync(ring.build(spec))
const fabric = fabricOf(machine)
const model = findModel("mixtral-8x7b")!
const layers = moeLayers(model).slice(0, 2)
const live = [0, 1, 2, 3]
const contiguous = makePlacement({ units: 4, experts: 8, layers }, (_, e) => [e >> 1])

it("names balance three ways", () => {
  const found = balances([
    [10, 20, 30, 60],
    [5, 5, 5, 5]
  ])
  assert.deepStrictEqual(found, { sglang: 0.75, vllm: 1.5, tensorrt: 0.5 })
  assert.deepStrictEqual(balances([[8, 8, 8, 0]], 3), { sglang: 1, vllm: 1, tensorrt: 0 })
  assert.deepStrictEqual(balances([[0, 0]]), { sglang: 1, vllm: 1, tensorrt: 0 })
})

it("expected traffic is what independent tokens do", () => {
  const { uniform } = random(5)
  const chosen = [0.9, 0.3, 0.2, 0.1, 0.2, 0.1, 0.1, 0.1]
  const slots = Int32Array.from([0, 1, 0, 2, 3, 4, 5, 6, 7, 0, 1, 1])
  const tokens = 40_000
  // Experts of each token drawn one by one, a copy of each drawn too: the same without any formula.
  const copies = Array.from({ length: 8 }, (_, e) => [...slots.keys()].filter((s) => slots[s] === e))
  const found = new Float64Array(4)
  for (let i = 0; i < tokens; i++) {
    const units = new Set<number>()
    chosen.forEach((share, e) => {
      const of = copies[e]!
      if (uniform() < share) units.add(Math.floor(of[Math.floor(uniform() * of.length)]! / 3))
    })
    for (const u of units) found[u]!++
  }
  const expected = expectedTraffic(fabric, slots, chosen, tokens, live)
  assert.deepStrictEqual([...expected.tokens], [10_000, 10_000, 10_000, 10_000])
  for (let b = 0; b < 4; b++) {
    const sum = live.reduce((n, a) => n + expected.copies[a * 4 + b]!, 0)
    assert.closeTo(sum / found[b]!, 1, 0.03, `unit ${b}`)
  }
})

it("counted traffic sends a token once to each unit, copies in turn", () => {
  const ids = Uint16Array.from([0, 1, 0, 2, 6, 7, 0, 0xffff])
  const slots = Int32Array.from([0, 1, 2, 3, 4, 5, 6, 7, 0, -1, -1, -1])
  const { copies, tokens, serverCopies } = countedTraffic(fabric, slots, 8, { ids, topK: 2 }, 8, live)
  // Token 0 on unit 0: expert 0 there, 1 there: one copy. Token 1: expert 0's second copy is on unit 2. Scaled by 8 / 4.
  assert.deepStrictEqual([...tokens], [2, 2, 2, 2])
  assert.deepStrictEqual([...copies], [2, 0, 0, 0, 2, 0, 2, 0, 0, 0, 2, 0, 2, 0, 0, 0])
  assert.deepStrictEqual([...serverCopies], [2, 2, 2, 2])
})

it("bytes go out one way and back the other, over routes", () => {
  const copies = Float64Array.from({ length: 16 }, (_, pair) => (pair === 1 ? 10 : pair === 5 ? 99 : 0))
  const matrix = trafficBytes({ copies }, 4, { dispatch: 2, combine: 5 })
  assert.strictEqual(matrix[1], 20)
  assert.strictEqual(matrix[4], 50)
  assert.strictEqual(
    matrix.reduce((a, b) => a + b, 0),
    70
  )
  const links = linkBytes(fabric, matrix)
  let expected = 0
  for (let pair = 0; pair < 16; pair++) expected += matrix[pair]! * fabric.hops[pair]!
  assert.strictEqual(
    links.reduce((a, b) => a + b, 0),
    expected
  )
  assert.strictEqual(crossServerBytes(fabric, matrix), 0)
  assert.strictEqual(crossServerBytes({ ...fabric, servers: 2, serverOf: Uint16Array.from([0, 1, 1, 1]) }, matrix), 70)
})

it("counts moved slots, fetched experts and copies that share a unit", () => {
  const next = {
    ...contiguous,
    slotsPerUnit: 3,
    physicalToLogical: [
      Int32Array.from([1, 0, -1, 2, 3, 3, 4, 5, 0, 6, 7, -1]),
      Int32Array.from([0, 1, -1, 2, 3, -1, 4, 5, -1, 6, 7, -1])
    ]
  }
  assert.deepStrictEqual(migration(contiguous, next, 10), { slots: 4, bytes: 40, fetched: 1, fetchedBytes: 10 })
  assert.deepStrictEqual(migration(contiguous, contiguous, 10), { slots: 0, bytes: 0, fetched: 0, fetchedBytes: 0 })
  assert.strictEqual(copiesSharingUnit(next), 1)
})

it("scores a balanced layout as faster, by the machine's own times", () => {
  const counts = layers.map(() => [400, 300, 20, 10, 10, 10, 20, 30])
  const exchanging: Machine = {
    ...machine,
    exchange: () => ({ dispatchPs: (copies) => Math.max(...Array.from(copies)), combinePs: () => 7 })
  }
  const expertBytes = 3.5e8
  const setup = { fabric: fabricOf(exchanging), model, expertBytes, batchTokens: 4096 }
  const score = makeScore(setup)
  const even = makePlacement({ units: 4, experts: 8, layers }, (_, e) => [e < 4 ? e : 7 - e])
  const [before, after] = [score(contiguous, counts), score(even, counts)]
  assert.closeTo(before.balances.sglang, 200 / 700, 1e-12)
  assert.closeTo(after.balances.sglang, 200 / 430, 1e-12)
  assert.closeTo(
    before.unitLoad.reduce((a, b) => a + b, 0),
    4,
    1e-9
  )
  assert.isAbove(before.times.expertsPs / after.times.expertsPs, 1.5)
  assert.strictEqual(after.times.combinePs, 7)
  assert.closeTo(after.times.totalPs, after.times.dispatchPs + after.times.expertsPs + 7, 1e-6)
  // Dead units count neither in the mean nor as homes of tokens.
  const three = makePlacement({ units: 4, experts: 8, layers }, (_, e) => [e % 3])
  const dead = makeScore({ ...setup, deadUnits: [3] })(
    three,
    layers.map(() => new Uint8Array(8).fill(3))
  )
  assert.closeTo(dead.balances.vllm, 3 / (8 / 3), 1e-12)
  const sent = (u: number) => dead.traffic.subarray(4 * u, 4 * u + 4).reduce((a, b) => a + b, 0)
  assert.strictEqual(sent(3), 0)
  assert.isAbove(sent(0), 0)
})

it("intervals come from drawing groups again, with the first placement as the measure", () => {
  const { below } = random(9)
  const groups = Array.from({ length: 40 }, () =>
    layers.map(() => Array.from({ length: 8 }, (_, e) => below(20) * (9 - e)))
  )
  const score = makeScore({ fabric, model, expertBytes: 3.5e8, batchTokens: 4096 })
  const even = makePlacement({ units: 4, experts: 8, layers }, (_, e) => [e < 4 ? e : 7 - e])
  const [first, second] = scoreIntervals(score, [contiguous, even], groups, 3)!
  assert.deepStrictEqual(first!.speedup, [1, 1])
  assert.isAbove(second!.speedup[0], 1)
  assert.isBelow(second!.balance[0], second!.balance[1])
  const sums = layers.map((all, l) =>
    Array.from({ length: 8 }, (_, e) => groups.reduce((sum, g) => sum + g[l]![e]!, 0))
  )
  const point = score(even, sums).balances.sglang
  assert.isTrue(second!.balance[0] <= point && point <= second!.balance[1])
  assert.isUndefined(scoreIntervals(score, [contiguous], groups.slice(0, 7), 3))
  assert.closeTo(
    chosenShares(sums[0]!, 2).reduce((a, b) => a + b, 0),
    2,
    1e-9
  )
})

it("a score lies inside its interval, also where drawing again makes every layout look worse", () => {
  // Each group goes to experts of its own: together they are even, drawn again they never are.
  const groups = Array.from({ length: 16 }, (_, g) =>
    layers.map(() => Array.from({ length: 8 }, (_expert, e) => (e === g % 8 ? 100 : 0)))
  )
  const sums = layers.map(() => Array.from({ length: 8 }, () => 200))
  const score = makeScore({ fabric, model, expertBytes: 3.5e8, batchTokens: 4096 })
  const even = makePlacement({ units: 4, experts: 8, layers }, (_, e) => [e % 4])
  const intervals = scoreIntervals(score, [contiguous, even], groups, 3)!
  for (const [p, placement] of [contiguous, even].entries()) {
    const scored = score(placement, sums)
    const speedup = score(contiguous, sums).times.totalPs / scored.times.totalPs
    const { balance, speedup: ratio } = intervals[p]!
    assert.strictEqual(scored.balances.sglang, 1)
    assert.isTrue(balance[0] <= 1 && balance[1] === 1, balance.join(" to "))
    assert.isTrue(ratio[0] <= speedup && speedup <= ratio[1], ratio.join(" to "))
    assert.isBelow(balance[0], balance[1])
  }
})

it("traffic files are read back, and damaged ones refused", () => {
  const matrix = { units: 3, bytes: Float64Array.from([0, 10, 2, 3, 0, 4, 5, 6, 0]) }
  const [text, json] = trafficForms
  assert.strictEqual(text!.write(matrix, "a layer step"), "0 10 2\n3 0 4\n5 6 0\n")
  assert.deepStrictEqual(text!.read("x", text!.write(matrix, "a layer step")), matrix)
  assert.deepStrictEqual(json!.read("x", json!.write(matrix, "a layer step")), matrix)
  for (const damaged of ["", "1 2\n3\n", "1 x\n2 3\n", "-1\n", "1e3\n"])
    assert.throws(() => text!.read("x", damaged), /x.*(ranks|numbers|bytes)/)
  for (const damaged of [
    "{}",
    "[]",
    json!.write(matrix, "a").replace("10", "1.5"),
    json!.write(matrix, "a").replace("3,", "4,")
  ])
    assert.throws(() => json!.read("x", damaged))
})

it("scores layers together as each by itself: nothing of one is left for the next", () => {
  const { below } = random(9)
  const counts = layers.map(() => Float64Array.from({ length: 8 }, () => below(1000)))
  // Unit 3 is dead, and layers hold their experts elsewhere, so that what was left would show.
  const placement = makePlacement({ units: 4, experts: 8, layers }, (l, e) => [(e * (l === layers[0] ? 1 : 5)) % 3])
  const score = makeScore({ fabric, model, expertBytes: 1e6, batchTokens: 64, deadUnits: [3] })
  const together = score(placement, counts)
  const sum = new Float64Array(16)
  const times = { dispatchPs: 0, expertsPs: 0, combinePs: 0, totalPs: 0 }
  layers.forEach((_, l) => {
    const physicalToLogical = [placement.physicalToLogical[l]!]
    const alone = score({ ...placement, layers: [layers[l]!], physicalToLogical }, [counts[l]!])
    alone.traffic.forEach((bytes, pair) => (sum[pair]! += bytes / layers.length))
    for (const part of ["dispatchPs", "expertsPs", "combinePs", "totalPs"] as const)
      times[part] += alone.times[part] / layers.length
  })
  assert.deepStrictEqual([...together.traffic], [...sum])
  assert.isAbove(Math.max(...sum), 0)
  assert.deepStrictEqual(together.times, times)
})
