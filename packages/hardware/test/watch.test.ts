/** What a watch sees of a layer step, and that watching changes nothing. */
import { assert, it } from "@effect/vitest"
import bottleneck from "../src/networks/bottleneck.ts"
import flow from "../src/networks/flow.ts"
import ideal from "../src/networks/ideal.ts"
import { type LayerWork, makeWork, pushTask } from "../src/work.ts"
import { sharedEngine } from "../src/engine.ts"
import { type Watch } from "../src/network.ts"
import { meshFabric } from "../src/testing/mesh.ts"
import { random } from "@moira/core"

const fabric = meshFabric(3, 3, { outstandingFetches: 3, taskOverheadPs: 1_000_000 })

const drawn = (seed: number, tokens: boolean): LayerWork => {
  const { below } = random(seed)
  const work = makeWork({
    units: 9,
    experts: 40,
    weightBytes: 44e6,
    flopPerToken: 88e6,
    dispatchBytesPerToken: 7168,
    combineBytesPerToken: 14_336
  })
  const tasks = 1 + below(60)
  for (let i = 0; i < tasks; i++) pushTask(work, below(40), below(9), Math.min(below(9), below(9)), 1 + below(400))
  if (tokens) for (let pair = 0; pair < 81; pair++) work.tokenCopies[pair] = below(900)
  return work
}

/** Spans by task. */
const watching = () => {
  const fetched = new Map<number, readonly [number, number]>()
  const computed = new Map<number, readonly [number, number]>()
  const watch: Watch = {
    fetch: (task, from, to) => void fetched.set(task, [from, to]),
    compute: (task, from, to) => void computed.set(task, [from, to])
  }
  return { fetched, computed, watch }
}

it("sees every task's weights come before its arithmetic, one task at a time on a unit, the last at the end", () => {
  for (let seed = 0; seed < 40; seed++) {
    const work = drawn(seed, seed % 2 === 0)
    const { fetched, computed, watch } = watching()
    const ps = sharedEngine(fabric, flow, watch).step(work)
    assert.strictEqual(ps, sharedEngine(fabric, flow).step(work), "watching changes the time")
    assert.strictEqual(fetched.size, work.count)
    assert.strictEqual(computed.size, work.count)
    const byUnit = new Map<number, Array<readonly [number, number]>>()
    for (let task = 0; task < work.count; task++) {
      const [asked, there] = fetched.get(task)!
      const [begun, done] = computed.get(task)!
      assert.isTrue(0 <= asked && asked < there && there <= begun && begun < done && done <= ps)
      const took = 1_000_000 + (work.tokens[task]! * 88e6 * 1e12) / (989e12 * 0.8)
      assert.approximately(done - begun, took, 2)
      byUnit.set(work.unit[task]!, [...(byUnit.get(work.unit[task]!) ?? []), [begun, done]])
    }
    for (const spans of byUnit.values()) {
      const sorted = spans.toSorted((a, b) => a[0] - b[0])
      for (let i = 1; i < sorted.length; i++) assert.isAtLeast(sorted[i]![0], sorted[i - 1]![1], "two tasks at once")
    }
    if (seed % 2 === 1) assert.strictEqual(Math.max(...[...computed.values()].map(([, done]) => done)), ps)
  }
})

it("may look at one kind of span only, and closed forms tell nothing", () => {
  const work = drawn(7, true)
  let spans = 0
  sharedEngine(fabric, flow, { compute: () => spans++ }).step(work)
  assert.strictEqual(spans, work.count)
  const { fetched, computed, watch } = watching()
  for (const network of [bottleneck, ideal]) sharedEngine(fabric, network, watch).step(work)
  assert.strictEqual(fetched.size + computed.size, 0)
})
