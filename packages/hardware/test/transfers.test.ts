/** Looks into the state of transfers: what a start, a look at the next completion and an advance change, and what they leave. */
import { assert, it } from "@effect/vitest"
import {
  advanceTransfers,
  isIdle,
  makeTransfers,
  nextCompletionPs,
  resetTransfers,
  startTransfer
} from "../src/flow/transfers.ts"
import type { TransfersState } from "../src/flow/transfers-state.ts"
import type { Paths } from "../src/flow/paths.ts"

/** Two resources of 4 and 1 bytes a picosecond: path entries 0 and 1 cross one each, entries 0 to 1 both. */
const paths: Paths = {
  resources: 2,
  capacity: Float64Array.of(4, 1),
  start: Uint32Array.of(0, 1, 2),
  resource: Uint32Array.of(0, 1),
  longest: 2
}

const transfersOf = (slots: number, depth: number): TransfersState =>
  makeTransfers(paths, { slots, depth, deepSlots: slots })

/** The state as numbers and arrays of numbers, which later steps do not change. */
const copyOf = (state: TransfersState): Record<string, unknown> => {
  const { rates: _, ...numbers } = state
  return structuredClone(numbers)
}
const changedKeys = (before: Record<string, unknown>, state: TransfersState): ReadonlyArray<string> => {
  const after = copyOf(state)
  return Object.keys(after)
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .toSorted()
}
const none = (): void => assert.fail("nothing was to end")

it("a start takes its slot and files the flow, and leaves rates and time as they are", () => {
  const state = transfersOf(3, 4)
  const before = copyOf(state)
  startTransfer(state, 2, 0, 1, 100, 7)
  assert.deepStrictEqual(changedKeys(before, state), [
    "active",
    "activeCount",
    "changed",
    "events",
    "goal",
    "isTouched",
    "pathEnd",
    "place",
    "tag",
    "touched",
    "touchedCount",
    "weight"
  ])
  assert.deepStrictEqual([...state.active.subarray(0, state.activeCount)], [2])
  assert.deepStrictEqual([...state.place], [-1, -1, 0])
  assert.deepStrictEqual([...state.weight], [0, 0, 1])
  assert.deepStrictEqual([state.goal[8], state.tag[8]], [100, 7])
  assert.deepStrictEqual(
    [0, 1, 2].map((slot) => isIdle(state, slot)),
    [true, true, false]
  )
})

it("flows of a group lie in the order in which they end, equal ones as they started", () => {
  const state = transfersOf(1, 4)
  for (const [bytes, tag] of [
    [30, 1],
    [10, 2],
    [20, 3],
    [10, 4]
  ] as const)
    startTransfer(state, 0, 0, 1, bytes, tag)
  assert.deepStrictEqual([...state.tag], [2, 4, 3, 1])
  assert.deepStrictEqual([...state.goal], [10, 10, 20, 30])
})

it("the next completion settles rates once, and again only when flows have come or gone", () => {
  const state = transfersOf(3, 4)
  startTransfer(state, 0, 0, 2, 50, 1)
  startTransfer(state, 1, 0, 1, 60, 2)
  assert.strictEqual(state.changed, 2)
  // The narrow resource gives the first 1, and the wide one has 3 left for the second.
  assert.strictEqual(nextCompletionPs(state), 20)
  assert.deepStrictEqual([...state.current], [1, 3, 0])
  assert.deepStrictEqual([...state.endPs], [50, 20, Infinity])
  assert.deepStrictEqual([state.changed, state.rateUpdates], [0, 1])
  const before = copyOf(state)
  assert.strictEqual(nextCompletionPs(state), 20)
  assert.deepStrictEqual(changedKeys(before, state), [])
})

it("an advance credits and ends what is complete, and leaves the other groups to be credited later", () => {
  const state = transfersOf(3, 4)
  startTransfer(state, 0, 0, 2, 50, 1)
  startTransfer(state, 1, 0, 1, 60, 2)
  startTransfer(state, 1, 0, 1, 90, 3)
  const done: Array<number> = []
  // The wide resource gives 1.5 each to the two that the narrow one does not hold back.
  assert.strictEqual(nextCompletionPs(state), 40)
  advanceTransfers(state, 40, (tag) => done.push(tag))
  assert.deepStrictEqual(done, [2])
  assert.strictEqual(state.nowPs, 40)
  assert.deepStrictEqual([...state.served], [0, 60, 0])
  assert.deepStrictEqual([...state.sincePs], [0, 40, 0])
  assert.deepStrictEqual([...state.weight], [1, 1, 0])
  assert.strictEqual(state.first[1], 1)
  assert.deepStrictEqual([state.changed, state.events], [1, 4])
  // With one flow less the rate of the rest is 3: 30 bytes more take 10 ps, when the first ends as well.
  assert.strictEqual(nextCompletionPs(state), 50)
  advanceTransfers(state, 50, (tag) => done.push(tag))
  assert.deepStrictEqual(new Set(done), new Set([1, 2, 3]))
  assert.strictEqual(nextCompletionPs(state), Infinity)
})

it("a slot without flows is idle only when rates have been worked out again", () => {
  const state = transfersOf(1, 1)
  startTransfer(state, 0, 0, 1, 8, 1)
  const atPs = nextCompletionPs(state)
  advanceTransfers(state, atPs, () => {})
  assert.deepStrictEqual([state.weight[0], isIdle(state, 0)], [0, false])
  assert.strictEqual(nextCompletionPs(state), Infinity)
  assert.isTrue(isIdle(state, 0))
})

it("an advance to before the next completion moves time alone", () => {
  const state = transfersOf(2, 2)
  startTransfer(state, 0, 0, 1, 80, 1)
  assert.strictEqual(nextCompletionPs(state), 20)
  const before = copyOf(state)
  advanceTransfers(state, 19, none)
  assert.deepStrictEqual(changedKeys(before, state), ["nowPs"])
})

it("a reset makes all slots idle at time zero, and keeps the counts of events", () => {
  const state = transfersOf(2, 2)
  startTransfer(state, 0, 0, 1, 80, 1)
  startTransfer(state, 1, 0, 2, 80, 2)
  advanceTransfers(state, nextCompletionPs(state), () => {})
  const { events, rateUpdates } = state
  resetTransfers(state)
  assert.deepStrictEqual([isIdle(state, 0), isIdle(state, 1)], [true, true])
  assert.deepStrictEqual([state.nowPs, state.activeCount, state.changed], [0, 0, 0])
  assert.deepStrictEqual([state.events, state.rateUpdates], [events, rateUpdates])
  assert.strictEqual(nextCompletionPs(state), Infinity)
})
