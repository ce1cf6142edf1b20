/** Copies that are made before the first decode step. */
import { assert, it } from "@effect/vitest"
import { meshFabric } from "@moira/hardware/testing"
import { holdersOf, makePlacement } from "@moira/hardware"
import retained from "../src/residencies/retained.ts"
import { random } from "@moira/core"

const [units, experts] = [25, 60]
const fabric = meshFabric(5, 5)
const home = (e: number) => Math.floor((e * units) / experts)
const homes = [0, 1].map(() =>
  holdersOf(
    makePlacement({ units, experts, layers: [0] }, (_, e) => [home(e)]),
    0
  )
)
const prepare = (prefillCounts: ReadonlyArray<Uint32Array>, spare: (unit: number) => number) =>
  retained.prepare({
    fabric,
    experts,
    homes,
    spareCopies: Uint32Array.from({ length: units }, (_, u) => spare(u)),
    knowledge: { candidates: 1, prefillCounts, crossToken: prefillCounts.map(() => new Uint16Array(experts)) }
  })
const counts = (seed: number): Uint32Array => {
  const { uniform } = random(seed)
  return Uint32Array.from({ length: experts }, () => Math.floor(10 / (0.05 + uniform())))
}

it("fills the room that there is, each copy once, and tells between which units they went", () => {
  const { holders, seeded } = prepare([counts(1), counts(2)], (u) => u % 3)
  const got = new Uint32Array(units)
  for (const layer of [0, 1]) {
    const { start, unit } = holders(layer)
    for (let e = 0; e < experts; e++) {
      const list = [...unit.subarray(start[e], start[e + 1])]
      assert.deepStrictEqual(
        list,
        [...new Set(list)].toSorted((a, b) => a - b)
      )
      assert.include(list, home(e))
      for (const u of list) if (u !== home(e)) got[u]!++
    }
  }
  for (let u = 0; u < units; u++) {
    assert.strictEqual(got[u], 2 * (u % 3))
    let told = 0
    for (let from = 0; from < units; from++) told += seeded![from * units + u]!
    assert.strictEqual(told, got[u])
    assert.strictEqual(seeded![u * units + u], 0)
  }
})

it("the busiest experts get most copies, near their homes; without prompts nobody gets one", () => {
  const hot = new Uint32Array(experts).fill(1)
  hot[30] = 600
  const { holders, seeded } = prepare([hot, new Uint32Array(experts)], () => 1)
  const copiesOf = (layer: number, e: number) => holders(layer).start[e + 1]! - holders(layer).start[e]!
  assert.strictEqual(copiesOf(0, 30), units)
  assert.strictEqual(holders(1).start[experts], experts)
  const [copies, hops] = [...seeded!].reduce<readonly [number, number]>(
    ([n, h], moved, pair) => [n + moved, h + moved * fabric.hops[pair]!],
    [0, 0]
  )
  assert.strictEqual(copies, units)
  assert.isBelow(hops / copies, 1.5, "copies spread from neighbour to neighbour")
})
