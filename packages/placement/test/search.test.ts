/** The search's bookkeeping against counting afresh, and its answers against all layouts of small layers. */
import { assert, it } from "@effect/vitest"
import { unitTime } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import { expectedUnitLoads } from "../src/loads/unit-loads.ts"
import { random } from "@moira/core"
import { type Cost, type LayoutSetup, makeLayout } from "../src/search/layout.ts"
import { optimiseLayer } from "../src/search/optimise-layer.ts"
import { packCopies, waterFill } from "../src/search/pack-copies.ts"
import { pairGains, pairsOnOneUnit } from "../src/search/pair-load.ts"
import { contiguousSlots } from "../src/search/setup.ts"

const shape = { hidden: 1024, expertFfn: 512, bytesPerWeight: 1 }

const setupOf = (seed: number, units: number, experts: number, slotsPerUnit: number, workloads = 1): LayoutSetup => {
  const { uniform, below } = random(seed)
  const dead = units > 2 && below(3) === 0 && (units - 1) * slotsPerUnit >= experts ? below(units) : -1
  return {
    units,
    live: Array.from({ length: units }, (_, u) => u).filter((u) => u !== dead),
    slotsPerUnit,
    experts,
    time: unitTime(meshFabric(units, 1, { taskOverheadPs: 100_000 }), shape),
    tokens: 1 + below(3000),
    chosen: Array.from({ length: workloads }, () => {
      const weights = Array.from({ length: experts }, () => 1 / (0.05 + uniform()))
      const sum = weights.reduce((a, b) => a + b, 0)
      return weights.map((weight) => (2 * weight) / sum)
    })
  }
}

/** What the layout should say, from expected loads counted afresh. */
const plainCost = ({ slotsPerUnit, time, tokens, chosen }: LayoutSetup, slots: ArrayLike<number>): Cost => {
  const cost = { slowest: 0, squares: 0 }
  for (const shares of chosen) {
    const { choices, touched } = expectedUnitLoads(slots, slotsPerUnit, shares, tokens)
    const times = Array.from(choices, (load, u) => time(u, touched[u]!, load))
    cost.slowest += Math.max(...times)
    cost.squares += times.reduce((sum, t) => sum + t * t, 0)
  }
  return cost
}

const isNear = (a: Cost, b: Cost) =>
  Math.abs(a.slowest / b.slowest - 1) < 1e-9 && Math.abs(a.squares / b.squares - 1) < 1e-9

it("knows what an edit costs before and after it is made, over 2,000 seeded edits", () => {
  const { below } = random(8)
  for (let run = 0; run < 40; run++) {
    const setup = setupOf(run, 2 + below(5), 10, 6, 1 + below(3))
    const layout = makeLayout(setup)
    layout.set(packCopies(setup, waterFill(setup), setup.slotsPerUnit))
    const slot = () => setup.live[below(setup.live.length)]! * setup.slotsPerUnit + below(setup.slotsPerUnit)
    const tried: Cost = { slowest: 0, squares: 0 }
    for (let edit = 0; edit < 50; edit++) {
      const [a, b] = [slot(), slot()]
      const [u, v] = [Math.floor(a / setup.slotsPerUnit), Math.floor(b / setup.slotsPerUnit)]
      const [x, y] = [layout.slots[a]!, layout.slots[b]!]
      const expert = below(11) - 1
      if (below(2) === 0) {
        if (u === v || (x >= 0 && layout.holds(x, v)) || (y >= 0 && layout.holds(y, u))) continue
        layout.trySwap(a, b, tried)
        layout.swap(a, b)
      } else {
        if (expert === x || (expert >= 0 && layout.holds(expert, u)) || (x >= 0 && layout.copies[x]! < 2)) continue
        layout.tryPut(a, expert, tried)
        layout.put(a, expert)
      }
      assert.isTrue(isNear(tried, plainCost(setup, layout.slots)), `run ${run}, edit ${edit}: tried`)
      assert.isTrue(isNear(layout.cost(), tried), `run ${run}, edit ${edit}: made`)
    }
  }
})

it("water-fills copies so that no other numbers of copies have a lower greatest share", () => {
  for (let seed = 0; seed < 30; seed++) {
    const setup = { ...setupOf(seed, 3, 4, 2), live: [0, 1, 2] }
    const greatest = (copies: ArrayLike<number>) =>
      Math.max(...Array.from(setup.chosen[0]! as ReadonlyArray<number>, (share, e) => share / copies[e]!))
    let least = Infinity
    for (let code = 0; code < 3 ** 4; code++) {
      const copies = [0, 1, 2, 3].map((e) => 1 + (Math.floor(code / 3 ** e) % 3))
      if (copies.reduce((a, b) => a + b, 0) <= 6) least = Math.min(least, greatest(copies))
    }
    assert.closeTo(greatest(waterFill(setup)), least, 1e-12)
  }
})

it("finds the best of all layouts without copies of small layers", () => {
  for (let seed = 0; seed < 20; seed++) {
    const setup = { ...setupOf(seed, 3, 6, 2), live: [0, 1, 2] }
    let least = Infinity
    for (let code = 0; code < 3 ** 6; code++) {
      const slots = new Int32Array(6).fill(-1)
      const used = [0, 0, 0]
      const fits = [0, 1, 2, 3, 4, 5].every((e) => {
        const u = Math.floor(code / 3 ** e) % 3
        if (used[u] === 2) return false
        slots[2 * u + used[u]!] = e
        used[u]!++
        return true
      })
      if (fits) least = Math.min(least, plainCost(setup, slots).slowest)
    }
    assert.closeTo(plainCost(setup, optimiseLayer(setup)).slowest / least, 1, 1e-9, `seed ${seed}`)
  }
})

it("keeps every expert and puts none on a unit twice", () => {
  for (let seed = 0; seed < 20; seed++) {
    const setup = setupOf(seed, 2 + (seed % 4), 9, 6)
    for (const slots of [optimiseLayer(setup), contiguousSlots(setup), packCopies(setup, waterFill(setup), 6)]) {
      assert.strictEqual(new Set(slots.filter((e) => e >= 0)).size, 9)
      for (let u = 0; u < setup.units; u++) {
        const held = slots.subarray(u * 6, (u + 1) * 6).filter((e) => e >= 0)
        assert.strictEqual(new Set(held).size, held.length)
        if (!setup.live.includes(u)) assert.isEmpty(held)
      }
    }
  }
})

it("knows how many pairs a swap separates", () => {
  const { below } = random(4)
  const setup = { ...setupOf(1, 3, 9, 4), live: [0, 1, 2] }
  const together = new Uint32Array(81)
  for (let i = 0; i < 9; i++) for (let j = 0; j < i; j++) together[i * 9 + j] = together[j * 9 + i] = below(50)
  const layout = makeLayout(setup)
  layout.set(packCopies(setup, waterFill(setup), 4))
  const { gain, swapped } = pairGains(layout, setup, together)
  const pairs = () => pairsOnOneUnit(layout.slots, 4, layout.copies, together)
  let swaps = 0
  while (swaps < 200) {
    const [a, b] = [below(12), below(12)]
    const [u, v] = [a >> 2, b >> 2]
    const [x, y] = [layout.slots[a]!, layout.slots[b]!]
    swaps++
    if (u === v || x === y || (x >= 0 && layout.holds(x, v)) || (y >= 0 && layout.holds(y, u))) continue
    const before = pairs()
    const expected = gain(a, b)
    layout.swap(a, b)
    swapped(a, b)
    assert.closeTo(before - pairs(), expected, 1e-9)
  }
})
