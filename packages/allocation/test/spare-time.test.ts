/** What a step leaves unused: copies that it has time for, and no more. */
import { costModel, type LayerWork, makeWork, pushTask } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import { assert, it } from "@effect/vitest"
import { makeSpareTime } from "../src/copies/spare-time.ts"

const [units, experts] = [3, 12]
const weightBytes = 30e6
/** 10 us of a memory for each read; 17.6 us of a link. */
const fabric = meshFabric(3, 1)
const tokenPs = 100_000
const flopPerToken = (tokenPs * fabric.flopsPerSec[0]!) / 1e12
const setup = {
  fabric,
  experts,
  homes: [],
  spareCopies: new Uint32Array(units),
  cost: costModel(fabric, weightBytes, flopPerToken),
  knowledge: { prefillCounts: [], candidates: 0, crossToken: [] }
}

const lookAt = (fill: (work: LayerWork) => void) => {
  const shape = { units, experts, weightBytes, flopPerToken, dispatchBytesPerToken: 1, combineBytesPerToken: 1 }
  const work = makeWork(shape)
  fill(work)
  const spare = makeSpareTime(setup)
  spare.look(work)
  return spare
}

/** Unit 0 computes for 200 us, of which copies may take 160; others have nothing to do. */
const longStep = (work: LayerWork) => pushTask(work, 0, 0, 0, 2000)

it("copies fit into a step as long as its busiest unit has to do, one after the other", () => {
  const spare = lookAt(longStep)
  assert.isTrue(spare.takes(2) && spare.fits(1, 2))
  let booked = 0
  for (; spare.fits(1, 2) && booked < 100; booked++) spare.book(1 + booked, 1, 2)
  // Over one link each takes 17.6 us and latencies, and nearly 168 us are to be had.
  assert.strictEqual(booked, 9)
  assert.isTrue(spare.fits(1, 0), "the other way is free")
})

it("a step in which memories are never idle has no time for any", () => {
  const spare = lookAt((work) => {
    for (let e = 0; e < experts; e++) pushTask(work, e, e % units, e % units, 1)
  })
  for (let u = 0; u < units; u++) assert.isFalse(spare.takes(u))
  assert.isFalse(spare.fits(0, 1))
  assert.isFalse(lookAt(() => {}).takes(0), "nor one that takes no time")
})

it("a copy takes the source's memory, the links between, and the target's", () => {
  const spare = lookAt(longStep)
  for (let i = 0; i < 9; i++) spare.book(1 + i, 0, 2)
  assert.isFalse(spare.fits(1, 2), "unit 2 waits for what is under way to it")
  assert.isFalse(spare.fits(0, 1), "the link from 0 to 1 has carried nine")
  assert.isTrue(spare.fits(2, 1), "the way back has not")
  for (let i = 0; i < 6; i++) spare.book(i, 0, 1)
  assert.isFalse(spare.takes(0), "sixteen reads of 10 us are all that its memory has time for")
  assert.isTrue(spare.takes(1))
  const between = lookAt(longStep)
  for (let i = 0; i < 5; i++) between.book(1 + i, 0, 1)
  assert.isTrue(between.fits(2, 1))
  for (let i = 0; i < 4; i++) between.book(6 + i, 2, 1)
  assert.isFalse(between.fits(2, 1), "copies from both sides arrive one after the other")
})

it("tells who has an expert from whom it is still on its way to", () => {
  const spare = lookAt((work) => {
    longStep(work)
    pushTask(work, 3, 1, 0, 5)
  })
  const of = (e: number, u: number) => [spare.busy(e, u), spare.arrives(e, u)]
  assert.deepStrictEqual(
    [of(0, 0), of(3, 1), of(3, 2)],
    [
      [true, false],
      [true, true],
      [false, false]
    ]
  )
  spare.book(3, 0, 2)
  assert.deepStrictEqual(of(3, 2), [true, true])
})

it("forgets the last step", () => {
  const spare = makeSpareTime(setup)
  const work = makeWork({
    units,
    experts,
    weightBytes,
    flopPerToken,
    dispatchBytesPerToken: 1,
    combineBytesPerToken: 1
  })
  longStep(work)
  const fitting = (): number => {
    spare.look(work)
    let booked = 0
    for (; spare.fits(1, 2) && booked < 100; booked++) spare.book(1 + (booked % 11), 1, 2)
    return booked
  }
  assert.strictEqual(fitting(), fitting())
})
