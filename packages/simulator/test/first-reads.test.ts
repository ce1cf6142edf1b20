/** What units begin with while a decision is being made, and in which order tasks are then. */
import { assert, it } from "@effect/vitest"
import { makeWork, pushTask, holdersOf, makePlacement } from "@moira/hardware"
import { makeFirstReads } from "../src/step/first-reads.ts"
import { makeTaskOrder } from "../src/step/task-order.ts"

const [units, experts] = [3, 6]
const homes = holdersOf(
  makePlacement({ units, experts, layers: [0] }, (_, e) => [Math.floor(e / 2)]),
  0
)
const shape = { units, experts, weightBytes: 1, flopPerToken: 1, dispatchBytesPerToken: 1, combineBytesPerToken: 1 }

it("is its own largest expert by requests, if some of it is left to it and lies there", () => {
  const work = makeWork(shape)
  // Unit 0 keeps a little of expert 1, its largest; unit 1 nothing of expert 2; unit 2 has expert 4 and 5 alike.
  const requests = Uint32Array.from([40, 90, 70, 30, 20, 20])
  pushTask(work, 0, 0, 0, 40)
  pushTask(work, 1, 0, 0, 10)
  pushTask(work, 1, 1, 0, 80)
  pushTask(work, 2, 2, 1, 70)
  pushTask(work, 3, 1, 1, 30)
  pushTask(work, 4, 2, 2, 20)
  pushTask(work, 5, 2, 2, 20)
  makeFirstReads(units, experts)(requests, homes, work)
  const told = () =>
    Array.from({ length: work.count }, (_, i) => [work.expert[i], work.unit[i], work.firstReads[i]].join(" "))
  assert.deepStrictEqual(told(), ["0 0 0", "1 0 1", "1 1 0", "2 2 0", "3 1 0", "4 2 1", "5 2 0"])
  makeTaskOrder(work.expert.length, true)(work)
  assert.deepStrictEqual(told(), ["4 2 1", "1 0 1", "1 1 0", "2 2 0", "0 0 0", "3 1 0", "5 2 0"])
  makeTaskOrder(work.expert.length, false)(work)
  assert.deepStrictEqual(told().slice(0, 2), ["4 2 1", "1 0 1"])
})
