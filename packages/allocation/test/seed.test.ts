/** Copies that are made in what decode steps leave unused. */
import { assert, it } from "@effect/vitest"
import { meshFabric } from "@moira/hardware/testing"
import {
  clearWork,
  costModel,
  type Holders,
  holdersOf,
  type LayerWork,
  makePlacement,
  makeWork,
  pushTask
} from "@moira/hardware"
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
const shape = {
  units,
  experts,
  weightBytes: 44e6,
  flopPerToken: 88e6,
  dispatchBytesPerToken: 1,
  combineBytesPerToken: 1
}
const prepare = (
  prefillCounts: ReadonlyArray<Uint32Array>,
  spare: (unit: number) => number,
  limits: { readonly maxCopies?: number } = {}
) =>
  retained.prepare({
    fabric,
    experts,
    homes,
    spareCopies: Uint32Array.from({ length: units }, (_, u) => spare(u)),
    cost: costModel(fabric, shape.weightBytes, shape.flopPerToken),
    knowledge: { candidates: 1, prefillCounts, crossToken: prefillCounts.map(() => new Uint16Array(experts)) },
    ...limits
  })
const counts = (seed: number): Uint32Array => {
  const { uniform } = random(seed)
  return Uint32Array.from({ length: experts }, () => Math.floor(10 / (0.05 + uniform())))
}

/** A step in which every expert runs at home. */
const atHome = (tokens: ArrayLike<number>): LayerWork => {
  const work = makeWork(shape)
  for (let e = 0; e < experts; e++) if (tokens[e]! > 0) pushTask(work, e, home(e), home(e), tokens[e]!)
  return work
}

const copiesIn = (work: LayerWork) =>
  Array.from({ length: work.count }, (_, i) => i)
    .filter((i) => work.tokens[i] === 0)
    .map((i) => ({ expert: work.expert[i]!, from: work.source[i]!, to: work.unit[i]! }))

const listOf = ({ start, unit }: Holders, e: number) => [...unit.subarray(start[e], start[e + 1])]

it("fills the room that there is over the steps, each copy once, from who held it before the step", () => {
  const { holders, after } = prepare([counts(1), counts(2)], (u) => u % 3)
  const got = new Uint32Array(units)
  for (let step = 0; step < 12; step++) {
    for (const layer of [0, 1]) {
      const before = Array.from({ length: experts }, (_, e) => listOf(holders(layer), e))
      const work = atHome(counts(step).map((n) => n * 40))
      after(layer, step, work)
      for (const { expert, from, to } of copiesIn(work)) {
        assert.include(before[expert]!, from)
        assert.notInclude(before[expert]!, to)
        assert.include(listOf(holders(layer), expert), to)
        got[to]!++
      }
    }
  }
  for (let u = 0; u < units; u++) assert.strictEqual(got[u], 2 * (u % 3))
})

it("the busiest experts get most copies, near a holder, and no more than asked for; without prompts or time nobody gets one", () => {
  const hot = new Uint32Array(experts).fill(1)
  hot[30] = 600
  const { holders, after } = prepare([hot, new Uint32Array(experts)], () => 2, { maxCopies: 1 })
  const busy = hot.map((n) => n * 400)
  let [copies, hops] = [0, 0]
  for (let step = 0; step < 8; step++) {
    const work = atHome(busy)
    after(0, step, work)
    for (const { from, to } of copiesIn(work)) {
      copies++
      hops += fabric.hops[from * units + to]!
    }
  }
  assert.strictEqual(copies, units)
  assert.isAtLeast(listOf(holders(0), 30).length, units - 3)
  assert.isBelow(hops / copies, 3, "copies spread from neighbour to neighbour")

  // All units read for as long as the step lasts: a copy would make it longer.
  const bound = prepare([hot, hot], () => 2)
  const work = atHome(new Uint32Array(experts).fill(1))
  bound.after(0, 0, work)
  const reads = Math.ceil(experts / units)
  for (const { from, to } of copiesIn(work))
    for (const u of [from, to]) assert.isBelow(homes[0]!.unit.filter((v) => v === u).length, reads)

  const idle = prepare([new Uint32Array(experts), hot], () => 2)
  const none = atHome(new Uint32Array(experts))
  clearWork(none)
  idle.after(0, 0, none)
  assert.strictEqual(copiesIn(none).length, 0)
})
