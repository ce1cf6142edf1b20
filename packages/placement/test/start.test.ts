import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { makeGreatest } from "../src/optimizers/moira/greatest.ts"
import { makeLayerState } from "../src/optimizers/moira/layer-state.ts"
import { makeStart } from "../src/optimizers/moira/start.ts"
import { makePlainStart } from "./plain-start.ts"

it("the greatest of changing numbers is where a look at all of them finds it first", () => {
  for (const length of [1, 2, 3, 7, 8, 9, 100]) {
    const { below } = random(length)
    // Few different numbers, so that many are as great as each other.
    const value = () => (below(5) === 0 ? -Infinity : below(4))
    const values = Float64Array.from({ length }, value)
    const greatest = makeGreatest(values)
    greatest.restart()
    for (let change = 0; change < 300; change++) {
      assert.strictEqual(greatest.index(), values.indexOf(Math.max(...values)))
      const i = below(length)
      values[i] = value()
      greatest.update(i)
    }
  }
})

it("the first layout is that of looks at all experts and units: with ties, with experts on every unit, with full units", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const { below } = random(seed)
    const [units, slotsPerUnit] = [1 + below(16), 1 + below(5)]
    const experts = Math.max(slotsPerUnit, 1 + below(units * slotsPerUnit))
    const shape = { units, slotsPerUnit, experts, groups: 1 }
    const skewed = seed % 3 === 0
    const counts = Float64Array.from({ length: experts }, (_, e) =>
      skewed && e === 0 ? 1e6 : 1 + below(1 + (seed % 50))
    )
    const lay = (make: typeof makeStart) => {
      const state = makeLayerState(shape)
      state.clear(counts)
      make(shape)(state, seed % 2 === 0 ? seed : undefined)
      return [...state.slots]
    }
    assert.deepStrictEqual(lay(makeStart), lay(makePlainStart))
  }
})
