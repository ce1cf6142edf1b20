/** Units of one slot: numbers of copies by descent against annealing and against all numbers of small layers. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { sum } from "@moira/core/statistics"
import { anneal } from "../src/optimizers/moira/anneal.ts"
import { makeDescendCopies } from "../src/optimizers/moira/descend-copies.ts"
import { measuredDrift } from "../src/optimizers/moira/drift.ts"
import { makeLayerState } from "../src/optimizers/moira/layer-state.ts"
import { makeStart } from "../src/optimizers/moira/start.ts"
import { balanceCost } from "../src/optimizers/moira/unit-cost.ts"

const layer = (units: number, experts: number, seed: number, groups = 1) => {
  const shape = { units, slotsPerUnit: 1, experts, groups }
  const { uniform } = random(seed)
  const state = makeLayerState(shape)
  state.clear(Float64Array.from({ length: experts }, () => Math.exp(3 * uniform())))
  makeStart(shape)(state)
  const cost = balanceCost({ drift: measuredDrift, floor: 1.2, sharpness: 20, boldness: 8 })
  state.sum(cost)
  return { state, cost }
}

/** Costs counted afresh. */
const costOf = ({ state, cost }: ReturnType<typeof layer>): number => {
  state.sum(cost)
  return sum(state.cost)
}

/** The least cost over all numbers of copies that fill the units. */
const least = ({ state, cost }: ReturnType<typeof layer>): number => {
  const { units, experts } = state
  state.sum(cost)
  const from = (e: number, left: number): number => {
    if (e === experts - 1) return left * state.costAlone(e, left, 0)
    let best = Infinity
    for (let n = 1; n <= left - (experts - 1 - e); n++)
      best = Math.min(best, n * state.costAlone(e, n, 0) + from(e + 1, left - n))
    return best
  }
  return from(0, units)
}

it("finds the cheapest numbers of copies of small layers", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const one = layer(10, 4, seed, seed % 2 === 0 ? 2 : 1)
    const best = least(one)
    makeDescendCopies(4)(one.state)
    assert.closeTo(costOf(one) / best, 1, 1e-9)
  }
})

it("costs no more than annealing does with thousands of steps, and keeps every expert and slot", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const [down, annealed] = [layer(160, 48, seed, 4), layer(160, 48, seed, 4)]
    const before = costOf(down)
    makeDescendCopies(48)(down.state)
    anneal(annealed.state, { steps: 20_000, seed, hot: 0.1, cold: 5e-4 })
    assert.isBelow(costOf(down), before)
    assert.isAtMost(costOf(down), costOf(annealed) * (1 + 1e-9))
    assert.isTrue(down.state.copies.every((n) => n >= 1))
    assert.isFalse(down.state.slots.includes(-1))
  }
})
