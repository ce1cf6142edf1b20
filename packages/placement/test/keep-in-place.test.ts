import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { keepInPlace } from "../src/optimizers/moira/present.ts"
import { plainKeepInPlace } from "./plain-keep-in-place.ts"

it("keeps in place what the plain telling keeps: copies, empty slots and second copies, several kinds of units", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const { below } = random(seed)
    const [units, slotsPerUnit] = [1 + below(12), 1 + below(4)]
    const experts = 1 + below(units * slotsPerUnit)
    const slots = (empty: number) =>
      Int32Array.from({ length: units * slotsPerUnit }, () => (below(10) < empty ? -1 : below(experts)))
    const [next, present] = [slots(seed % 3), slots(seed % 4)]
    // What an optimizer gives holds no expert twice on a unit.
    for (let s = 0; s < next.length; s++) if (next.subarray(s - (s % slotsPerUnit), s).includes(next[s]!)) next[s] = -1
    const kinds = Array.from({ length: units }, () => below(1 + (seed % 3)))
    const shape = { units, slotsPerUnit }
    assert.deepStrictEqual(
      keepInPlace(next, present, shape, kinds),
      plainKeepInPlace(next, present, shape, (u, v) => kinds[u] === kinds[v])
    )
  }
})
