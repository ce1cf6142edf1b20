import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import bottleneck from "../src/networks/bottleneck.ts"
import { clearWork, makeWork, pushTask } from "../src/work.ts"
import { costModel } from "../src/cost.ts"
import { fabricOf } from "../src/fabric.ts"
import type { Fabric } from "../src/machine.ts"
import ideal from "../src/networks/ideal.ts"
import { sharedEngine } from "../src/engine.ts"
import { ring } from "../src/testing/ring.ts"
import { random } from "@moira/core"

const spec = { dies: 4, linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }
const fabric = (change: Partial<typeof spec> = {}): Fabric =>
  fabricOf(Effect.runSync(ring.build({ ...spec, ...change })))
const shape = {
  units: 4,
  experts: 8,
  weightBytes: 1e9,
  flopPerToken: 1e9,
  dispatchBytesPerToken: 1000,
  combineBytesPerToken: 2000
}

it("bottleneck: one local fetch takes bytes over memory bandwidth", () => {
  const engine = sharedEngine(fabric(), bottleneck)
  const work = makeWork(shape)
  pushTask(work, 0, 1, 1, 10)
  assert.strictEqual(engine.step(work), 250_000_000)
  assert.strictEqual(engine.demand.localReadBytes, 1e9)
  assert.strictEqual(engine.demand.hops, 0)
})

it("bottleneck: three hops on a one-way ring, counted by hand", () => {
  const engine = sharedEngine(fabric(), bottleneck)
  const work = makeWork(shape)
  pushTask(work, 0, 3, 0, 10) // weights from die 0 to die 3 over links 0, 1 and 2; the command goes back over link 3
  assert.strictEqual(engine.step(work), 1_000_000_000)
  const { demand } = engine
  assert.deepStrictEqual([...demand.linkBytes], [1e9, 1e9, 1e9, 16])
  assert.deepStrictEqual([demand.hops, demand.byteHops, demand.remoteReadBytes], [3, 3e9, 1e9])
})

it("bottleneck: compute decides when tokens are many", () => {
  const work = makeWork(shape)
  pushTask(work, 0, 0, 0, 5000)
  assert.strictEqual(sharedEngine(fabric(), bottleneck).step(work), 5_000_000_000)
})

it("every task costs its unit's overhead once, in every network", () => {
  const machine = Effect.runSync(ring.build(spec))
  const slow = fabricOf({
    ...machine,
    nodes: machine.nodes.map((node) => ({ ...node, compute: { ...node.compute!, taskOverheadPs: 7_000_000 } }))
  })
  const work = makeWork({ ...shape, weightBytes: 1 })
  pushTask(work, 0, 0, 0, 5000)
  pushTask(work, 1, 0, 0, 1000)
  assert.strictEqual(sharedEngine(slow, bottleneck).step(work), 6_014_000_000)
  assert.strictEqual(sharedEngine(slow, ideal).step(work), 6_014_000_000)
})

it("counts tokens that travel, and their results on the way back", () => {
  const engine = sharedEngine(fabric(), bottleneck)
  const work = makeWork(shape)
  work.tokenCopies[1] = 3 // one hop out, three hops home
  work.tokenCopies[2 * 4 + 2] = 7 // stays at home
  engine.step(work)
  assert.deepStrictEqual([engine.demand.tokenHops, engine.demand.tokenBytes], [3 * 4, 9000])
  assert.deepStrictEqual([...engine.demand.linkBytes], [3000, 6000, 6000, 6000])
})

const draw = (seed: number) => {
  const { below } = random(seed)
  const work = makeWork(shape)
  for (let i = 0; i < 12; i++) pushTask(work, below(8), below(4), below(4), below(400))
  for (let i = 0; i < 16; i++) work.tokenCopies[i] = below(50_000)
  return work
}

it("is the same on the same input, whatever ran before", () => {
  const engine = sharedEngine(fabric(), bottleneck)
  const first = engine.step(draw(1))
  engine.step(draw(2))
  assert.strictEqual(engine.step(draw(1)), first)
})

it("more bandwidth or arithmetic is never slower, and times are whole", () => {
  for (let seed = 0; seed < 200; seed++) {
    const work = draw(seed)
    for (const model of [bottleneck, ideal]) {
      const before = sharedEngine(fabric(), model).step(work)
      assert.isTrue(Number.isSafeInteger(before) && before > 0)
      for (const change of [{ linkBytesPerSec: 2e12 }, { memoryBytesPerSec: 8e12 }, { flopsPerSec: 2e15 }])
        assert.isAtMost(sharedEngine(fabric(change), model).step(work), before, `${model.id} ${JSON.stringify(change)}`)
    }
  }
})

it("bottleneck equals a plain maximum over resources", () => {
  const f = fabric()
  for (let seed = 0; seed < 100; seed++) {
    const work = draw(seed)
    const links = new Map<number, number>()
    const add = (from: number, to: number, bytes: number) => {
      for (const id of f.machine.route(from, to)) links.set(id, (links.get(id) ?? 0) + bytes)
    }
    const memory = [0, 0, 0, 0]
    const flop = [0, 0, 0, 0]
    for (let i = 0; i < work.count; i++) {
      const [u, s] = [work.unit[i]!, work.source[i]!]
      memory[s]! += 1e9
      flop[u]! += work.tokens[i]! * 1e9
      add(s, u, 1e9)
      if (s !== u) add(u, s, 16)
    }
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 4; b++) {
        add(a, b, work.tokenCopies[a * 4 + b]! * 1000)
        add(b, a, work.tokenCopies[a * 4 + b]! * 2000)
      }
    }
    const plain = Math.max(
      ...[...links.values()].map((bytes) => bytes / 1e12),
      ...memory.map((bytes) => bytes / 4e12),
      ...flop.map((n) => n / 1e15)
    )
    assert.approximately(sharedEngine(f, bottleneck).step(work), plain * 1e12, 2)
  }
})

it("ideal: one fetch is latency plus bytes over the narrowest bandwidth", () => {
  const work = makeWork(shape)
  pushTask(work, 0, 2, 0, 1)
  assert.strictEqual(sharedEngine(fabric(), ideal).step(work), 300_000 + 2 * 20_000 + 1e9)
})

it("cost model: a remote fetch pays both ways of latency", () => {
  const cost = costModel(fabric(), 1e9, 1e9)
  assert.strictEqual(cost.fetchPs(1, 1), 300_000 + 0.25e9)
  assert.strictEqual(cost.fetchPs(0, 2), 300_000 + 4 * 20_000 + 1e9)
  assert.approximately(cost.computePs(0, 100), 1e8, 1e-6)
})

it("clearing a work list forgets the last step", () => {
  const engine = sharedEngine(fabric(), bottleneck)
  const work = draw(3)
  clearWork(work)
  assert.strictEqual(engine.step(work), 0)
})
