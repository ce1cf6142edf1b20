/** Routes that are kept against the same asked for each time. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { keptRoutes } from "../src/kept-routes.ts"

const units = 12
const links = 40

/** Routes of 0 to 6 links in no order; a link may come twice. */
const drawnRoutes = (seed: number): ReadonlyArray<ReadonlyArray<number>> => {
  const { below } = random(seed)
  return Array.from({ length: units * units }, () => Array.from({ length: below(7) }, () => below(links)))
}

// Room for all, for about a third, for none but the empty ones, and for nothing at all.
for (const most of [undefined, 200, 2, 0])
  it(`adds along kept routes what the machine's own say, with room for ${most ?? "all"}`, () => {
    const routes = drawnRoutes(most ?? 7)
    const asked = new Map<number, number>()
    const addTo = keptRoutes(
      units,
      (from, to) => {
        const pair = from * units + to
        asked.set(pair, (asked.get(pair) ?? 0) + 1)
        return routes[pair]!
      },
      most
    )
    const { below, uniform } = random(3)
    const [kept, plain] = [new Float64Array(links), new Float64Array(links)]
    for (let i = 0; i < 3000; i++) {
      const [from, to] = [below(units), below(units)]
      // No whole numbers, so that another order of adding shows.
      const amount = uniform()
      const ids = routes[from * units + to]!
      for (const id of ids) plain[id]! += amount
      assert.strictEqual(addTo(kept, from, to, amount), ids.length)
    }
    assert.deepStrictEqual(kept, plain)
    const often = Math.max(...asked.values())
    if (most === undefined) assert.strictEqual(often, 1)
    else assert.isAbove(often, 1)
  })

it("asks for every route of a machine of more units than pairs have room for", () => {
  let asked = 0
  const addTo = keptRoutes(4096, () => {
    asked++
    return [1, 3]
  })
  const sums = new Float64Array(4)
  for (let i = 0; i < 3; i++) assert.strictEqual(addTo(sums, 4095, 0, 2), 2)
  assert.deepStrictEqual([...sums], [0, 6, 0, 6])
  assert.strictEqual(asked, 3)
})
