import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { makeLayerState } from "../src/optimizers/moira/layer-state.ts"
import { trustOf } from "../src/optimizers/moira/sample.ts"
import { makeFillCopies, makeStart } from "../src/optimizers/moira/start.ts"
import { balanceCost, type UnitCost } from "../src/optimizers/moira/unit-cost.ts"

const shape = { units: 5, slotsPerUnit: 4, experts: 12, groups: 3 }
const { units, slotsPerUnit, experts, groups } = shape

const started = (seed: number) => {
  const { below } = random(seed)
  const counts = Uint32Array.from({ length: experts }, () => 1 + below(60))
  const state = makeLayerState(shape)
  state.clear(counts)
  makeStart(shape)(state)
  return { counts, state }
}

/** Sums of each unit from the slots alone, as their definitions say. */
const plainSums = (slots: ArrayLike<number>, counts: ArrayLike<number>) => {
  const list = Array.from(slots)
  const total = Array.from(counts).reduce((a, b) => a + b, 0)
  const copies = (e: number) => list.filter((f) => f === e).length
  const loadOf = (e: number) => (counts[e]! * units) / total
  const groupOf = (e: number) => Math.floor((e * groups) / experts)
  const rows = Array.from({ length: units }, (_, u) =>
    list.slice(u * slotsPerUnit, (u + 1) * slotsPerUnit).filter((e) => e >= 0)
  )
  const fromGroup = (row: ReadonlyArray<number>, g: number) =>
    row.filter((e) => groupOf(e) === g).reduce((sum, e) => sum + loadOf(e) / copies(e), 0)
  const mean = (g: number) => rows.reduce((sum, row) => sum + fromGroup(row, g), 0) / units
  return rows.map((row) => ({
    load: row.reduce((sum, e) => sum + loadOf(e) / copies(e), 0),
    mass: row.reduce((sum, e) => sum + units / experts / copies(e), 0),
    squares: row.reduce((sum, e) => sum + ((loadOf(e) / copies(e)) ** 2 * (1 - copies(e) / units)) / copies(e), 0),
    groupSquares: [0, 1, 2].reduce((sum, g) => sum + (fromGroup(row, g) - mean(g)) ** 2, 0),
    extra: row.reduce((sum, e) => sum + (e + 1) / copies(e), 0)
  }))
}

/** A cost that tells all sums and units apart. */
const telling: UnitCost = (load, mass, squares, groupSquares, extra, unit) =>
  load * load + 0.3 * mass * mass + 0.7 * squares + 1.1 * groupSquares + 0.01 * extra * (unit + 1)

it("what an edit is said to change is what it changes, through 3,000 edits", () => {
  for (const seed of [1, 2, 3]) {
    const { counts, state } = started(seed)
    const { slots, copies, held } = state
    const { below } = random(seed + 10)
    // One empty slot; every expert keeps a copy.
    state.remove(slots.findIndex((e) => copies[e]! > 1))
    state.sum(telling, (e, n) => (e + 1) / n)
    const costs = () =>
      plainSums(slots, counts).map((s, u) => telling(s.load, s.mass, s.squares, s.groupSquares, s.extra, u))
    let made = 0
    while (made < 1000) {
      const [a, b] = [below(slots.length), below(slots.length)]
      const [u, v] = [Math.floor(a / slotsPerUnit), Math.floor(b / slotsPerUnit)]
      const [e, f] = [slots[a]!, slots[b]!]
      const before = costs().reduce((x, y) => x + y, 0)
      let change = 0
      if (made % 2 === 0) {
        if (u === v || (e >= 0 && held[e * units + v]! > 0) || (f >= 0 && held[f * units + u]! > 0)) continue
        change = state.trySwap(a, b, u, v)
        state.swap(a, b, u, v)
      } else {
        const g = below(experts)
        if (held[g * units + u]! > 0 || (e >= 0 && copies[e]! < 2)) {
          made++
          continue
        }
        change = state.tryPut(a, u, g)
        state.put(a, u, g)
      }
      made++
      const after = costs()
      assert.closeTo(change, after.reduce((x, y) => x + y, 0) - before, 1e-9)
      after.forEach((cost, w) => assert.closeTo(state.cost[w]!, cost, 1e-9))
    }
    plainSums(slots, counts).forEach(({ load }, u) => assert.closeTo(state.load[u]!, load, 1e-9))
  }
})

it("the start gives every expert a place, fills all slots and puts no expert twice on a unit", () => {
  for (let seed = 0; seed < 50; seed++) {
    const { below } = random(seed)
    const [manyUnits, manyExperts] = [2 + below(6), 3 + below(12)]
    const each = Math.min(manyExperts, Math.ceil(manyExperts / manyUnits) + below(4))
    const many = { units: manyUnits, experts: manyExperts, slotsPerUnit: each, groups: 1 }
    const state = makeLayerState(many)
    state.clear(Uint32Array.from({ length: manyExperts }, () => (below(3) === 0 ? 1000 : 1 + below(9))))
    makeStart(many)(state, seed % 2 === 0 ? undefined : seed)
    assert.notInclude([...state.slots], -1)
    for (let u = 0; u < manyUnits; u++)
      assert.strictEqual(new Set(state.slots.subarray(u * each, (u + 1) * each)).size, each, `seed ${seed}`)
    assert.strictEqual(new Set(state.slots).size, manyExperts)
  }
})

it("no other numbers of copies have a cooler hottest copy", () => {
  const total = new Float64Array(4)
  const copies = new Uint16Array(4)
  for (let seed = 0; seed < 40; seed++) {
    const { below } = random(seed)
    for (let e = 0; e < 4; e++) total[e] = 1 + below(40)
    const slots = 4 + below(7)
    makeFillCopies(total.length)(total, copies, slots, 4)
    const hottest = Math.max(...total.map((load, e) => load / copies[e]!))
    let least = Infinity
    for (let code = 0; code < 256; code++) {
      const other = [0, 1, 2, 3].map((e) => 1 + ((code >> (2 * e)) & 3))
      if (other.reduce((a, b) => a + b, 0) > slots) continue
      least = Math.min(least, Math.max(...total.map((load, e) => load / other[e]!)))
    }
    assert.closeTo(hottest, least, 1e-12, `seed ${seed}`)
  }
})

it("the cost after drift is the mean of the soft load of drawn loads", () => {
  // One unit with three copies, of three groups; experts drift by themselves and with their group.
  const drift = { shrink: 0.2, expertSd: 0.2, groupSd: 0.1 }
  const weights = [0.5, 0.3, 0.2]
  const boldness = 3
  const squares = weights.reduce((sum, w) => sum + w * w, 0)
  const cost = balanceCost({ drift, floor: 1, sharpness: 1e6, boldness })
  const expected = cost(1 - 1e-3, 1, squares, squares, 0, 0)
  const { normal } = random(5)
  let sum = 0
  const draws = 200_000
  for (let i = 0; i < draws; i++) {
    let load = 0
    for (const w of weights) load += w * (drift.expertSd * normal() + drift.groupSd * normal())
    sum += Math.exp(boldness * (1 - 1e-3 + drift.shrink * 1e-3 + load - 1)) / draws
  }
  assert.closeTo(expected, sum, 0.005)
})

it("small samples are trusted as far as they tell experts apart, weights that are no counts in full", () => {
  const { normal, uniform } = random(8)
  const poisson = (mean: number): number => {
    let count = -1
    for (let product = 1; product > Math.exp(-mean); count++) product *= uniform()
    return count
  }
  // Loads that differ by 50 %: of a sample of m an expert, 0.25 / (0.25 + 1 / m) of the variance is theirs.
  for (const mean of [2, 8, 40]) {
    const loads = Array.from({ length: 20_000 }, () => Math.max(0, 1 + 0.5 * normal()))
    const { reliability, selections } = trustOf(loads.map((load) => poisson(mean * load)))
    assert.closeTo(reliability, 0.25 / (0.25 + 1 / mean), 0.05, `${mean} an expert`)
    assert.closeTo(selections / (mean * 20_000), 1, 0.05)
  }
  assert.strictEqual(trustOf([3, 3, 3, 3]).reliability, 0)
  assert.deepStrictEqual(trustOf([0.5, 0.25, 0.25]), { reliability: 1, selections: Infinity })
})
