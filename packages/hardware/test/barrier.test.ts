import { assert, it } from "@effect/vitest"
import { barrierEngine } from "../src/barrier.ts"
import bottleneck from "../src/networks/bottleneck.ts"
import { clearWork, makeWork, pushCopy, pushTask } from "../src/work.ts"
import { type ExchangeTraffic } from "../src/machine.ts"
import { fabricOf } from "../src/fabric.ts"
import { sharedEngine } from "../src/engine.ts"
import { meshFabric } from "../src/testing/mesh.ts"

const shape = {
  units: 4,
  servers: 1,
  experts: 8,
  weightBytes: 6000,
  flopPerToken: 6 * 100 * 20,
  dispatchBytesPerToken: 100,
  combineBytesPerToken: 200
}

/** A 2 x 2 mesh whose exchange takes a picosecond a copied byte, and remembers what it was told. */
const scene = () => {
  const told: Array<ExchangeTraffic | undefined> = []
  const { machine } = meshFabric(2, 2)
  const sum = (copies: ArrayLike<number>) => Array.from(copies).reduce((a, b) => a + b, 0)
  const fabric = fabricOf({
    ...machine,
    exchange: () => ({
      dispatchPs: (copies, bytes, traffic) => (told.push(traffic), sum(copies) * bytes),
      combinePs: (copies, bytes) => sum(copies) * bytes
    })
  })
  return { fabric, told, engine: barrierEngine(fabric, bottleneck), work: makeWork(shape) }
}

it("a step is dispatch, the slowest unit's experts, and combine", () => {
  const { fabric, told, engine, work } = scene()
  pushTask(work, 0, 1, 1, 50)
  pushTask(work, 1, 1, 1, 10)
  pushTask(work, 2, 3, 3, 20)
  const alone = engine.step(work)
  work.tokenCopies[1] = 7
  work.tokensAt![0] = 9
  const exchanged = engine.step(work)
  assert.strictEqual(exchanged - alone, 7 * 100 + 7 * 200, "no copies, no exchange")
  // Unit 1 reads two experts and computes 60 tokens, unit 3 one and 20.
  const readPs = (2 * 6000 * 1e12) / fabric.memoryBytesPerSec[1]!
  const computePs = (60 * shape.flopPerToken * 1e12) / fabric.flopsPerSec[1]!
  assert.strictEqual(alone, Math.ceil(Math.max(readPs, computePs) + 2 * fabric.taskOverheadPs[1]!))
  assert.isAbove(engine.demand.computePs[1]!, engine.demand.computePs[3]!)
  assert.strictEqual(engine.demand.tokens[1], 60)
  assert.strictEqual(told[0]!.experts, 8)
  assert.deepStrictEqual([told[0]!.tokens![0], told[0]!.choices![1]], [9, 60])
})

it("weights from another unit's memory take what the network says, if that is longer", () => {
  const { fabric, engine, work } = scene()
  pushTask(work, 0, 1, 0, 1)
  const network = sharedEngine(fabric, bottleneck).step(work)
  const remote = engine.step(work)
  assert.isAtLeast(remote, network)
  assert.strictEqual(engine.demand.remoteReadBytes, 6000)
  clearWork(work)
  pushTask(work, 0, 1, 1, 1)
  assert.isBelow(engine.step(work), remote, "the next step is judged by itself")
})

it("refuses a machine that exchanges nothing", () => {
  assert.throws(() => barrierEngine(meshFabric(2, 1), bottleneck), /exchange/)
})

it("a decision is waited for before tokens are sent, and the exchange is told apart", () => {
  const { engine, work } = scene()
  pushTask(work, 0, 1, 1, 50)
  work.tokenCopies[1] = 7
  const undecided = engine.step(work)
  assert.strictEqual(engine.demand.exchangePs, 7 * 100 + 7 * 200)
  work.decidedPs = 12_345
  assert.strictEqual(engine.step(work), undecided + 12_345)
  work.tokenCopies[1] = 0
  assert.strictEqual(engine.step(work), undecided - 2100 + 12_345)
  assert.strictEqual(engine.demand.exchangePs, 0)
  // Where weights come from afar, the decision counts once all the same.
  clearWork(work)
  pushTask(work, 0, 1, 0, 1)
  const remote = engine.step(work)
  work.decidedPs = 50_000_000
  assert.strictEqual(engine.step(work), remote + 50_000_000)
})

it("a copy is read and written beside the experts, and computes nothing", () => {
  const { engine, work } = scene()
  pushTask(work, 0, 1, 1, 50)
  const alone = engine.step(work)
  const computePs = [...engine.demand.computePs]
  pushCopy(work, 3, 2, 1)
  const copied = engine.step(work)
  assert.deepStrictEqual([...engine.demand.computePs], computePs)
  assert.deepStrictEqual(
    [engine.demand.copyBytes, engine.demand.remoteReadBytes, engine.demand.localWriteBytes],
    [6000, 6000, 6000]
  )
  assert.isAtLeast(copied, alone)
  // More copies than hide behind 50 tokens.
  for (let e = 0; e < 8; e++) if (e !== 3) pushCopy(work, e, 2, 1)
  for (let e = 1; e < 8; e++) pushCopy(work, e, 0, 1)
  const memoryPs = (16 * 6000 * 1e12) / scene().fabric.memoryBytesPerSec[1]!
  assert.isAtLeast(engine.step(work), Math.floor(memoryPs))
  assert.isAbove(engine.step(work), alone)
})

it("fitted expert times count the experts that lie on a unit, copies too, and no fewer than it was given", () => {
  const { fabric } = scene()
  const expertTime = {
    peakFlopsPerSec: 989e12,
    fixedPs: 1_000_000,
    perResidentPs: 147_000,
    bytesPerSec: 3e12,
    efficiency: 0.8,
    corner: 3
  }
  const fitted = fabricOf({
    ...fabric.machine,
    nodes: fabric.machine.nodes.map((node) => ({ ...node, compute: { ...node.compute!, expertTime } }))
  })
  const engine = barrierEngine(fitted, bottleneck)
  const stepWith = (resident: number) => {
    const work = makeWork(shape)
    pushTask(work, 0, 1, 1, 50)
    pushTask(work, 1, 1, 1, 50)
    work.resident[1] = resident
    return engine.step(work)
  }
  assert.closeTo(stepWith(7) - stepWith(3), 4 * expertTime.perResidentPs, 1, "each expert that lies there costs")
  assert.strictEqual(stepWith(1), stepWith(2), "two were given to it")
  assert.strictEqual(stepWith(0), stepWith(2), "who does not say has an even share: 8 experts on 4 units")
})
