/** Copies in a layer step: read and written, and nothing computed with them. */
import { sharedEngine } from "../src/engine.ts"
import bottleneck from "../src/networks/bottleneck.ts"
import flow from "../src/networks/flow.ts"
import ideal from "../src/networks/ideal.ts"
import { taskComputePs } from "../src/task-time.ts"
import { meshFabric } from "../src/testing/mesh.ts"
import { type LayerWork, makeWork, pushCopy, pushTask } from "../src/work.ts"
import { assert, describe, it } from "@effect/vitest"

const fabric = meshFabric(3, 1, { taskOverheadPs: 5_000_000 })
const weightBytes = 30e6
const workOf = (fill: (work: LayerWork) => void): LayerWork => {
  const work = makeWork({
    units: 3,
    experts: 40,
    weightBytes,
    flopPerToken: 60e6,
    dispatchBytesPerToken: 1,
    combineBytesPerToken: 1
  })
  fill(work)
  return work
}
const readPs = (weightBytes * 1e12) / fabric.memoryBytesPerSec[0]!

it("a copy is a task of no tokens, written where it goes", () => {
  const work = workOf((one) => {
    pushTask(one, 4, 0, 0, 10)
    pushCopy(one, 7, 2, 1)
    pushCopy(one, 8, 2, 0)
  })
  const task = (i: number) => [work.expert[i], work.unit[i], work.source[i], work.tokens[i], work.cached[i]]
  assert.strictEqual(work.count, 3)
  assert.deepStrictEqual(
    [task(1), task(2)],
    [
      [7, 2, 1, 0, 0],
      [8, 2, 0, 0, 0]
    ]
  )
  assert.deepStrictEqual([...work.localWriteBytes], [0, 0, 2 * weightBytes])
  assert.strictEqual(taskComputePs(fabric, work, 1), 0, "not even the overhead of a task")
  assert.isAbove(taskComputePs(fabric, work, 0), 5_000_000)
})

describe.each([flow, ideal, bottleneck])("$id", (network) => {
  const run = (fill: (work: LayerWork) => void) => {
    const engine = sharedEngine(fabric, network)
    const timePs = engine.step(workOf(fill))
    return { timePs, demand: structuredClone(engine.demand) }
  }

  it("reads a copy over links and memories, and computes nothing with it", () => {
    const { timePs, demand } = run((work) => pushCopy(work, 7, 2, 0))
    assert.isAtLeast(timePs, Math.floor(readPs))
    assert.deepStrictEqual([...demand.computePs], [0, 0, 0])
    assert.deepStrictEqual([...demand.tokens], [0, 0, 0])
    assert.deepStrictEqual([...demand.memoryBytes], [weightBytes, 0, weightBytes], "read there, written here")
    assert.deepStrictEqual(
      [demand.copyBytes, demand.remoteReadBytes, demand.localWriteBytes],
      [weightBytes, weightBytes, weightBytes]
    )
    assert.strictEqual(demand.hops, 2)
    const ofTask = run((work) => pushTask(work, 7, 2, 0, 1)).demand
    assert.deepStrictEqual([...demand.linkBytes], [...ofTask.linkBytes], "as much as to compute with it")
    assert.strictEqual(ofTask.copyBytes, 0)
  })

  it("hides a copy behind arithmetic, and takes longer for many", () => {
    // 400 us of arithmetic on unit 0, nothing on unit 2.
    const busy = (work: LayerWork) => pushTask(work, 0, 0, 0, 5000)
    const alone = run(busy).timePs
    const one = run((work) => {
      busy(work)
      pushCopy(work, 1, 2, 1)
    })
    assert.isAtMost(one.timePs, alone * 1.01)
    const many = run((work) => {
      busy(work)
      for (let e = 1; e < 40; e++) pushCopy(work, e, 2, 1)
    })
    assert.isAbove(many.timePs, alone * 1.01)
    assert.strictEqual(many.demand.computePs[0], one.demand.computePs[0])
  })
})
