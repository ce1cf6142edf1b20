/** Every id is looked at before it is stored, two at a time or one by one. */
import { assert, it } from "@effect/vitest"
import { Contradiction, countHoles } from "../src/node/request-check.ts"
import { missingExpert } from "../src/selections.ts"

const request = (ids: Uint16Array) => ({
  benchmark: "b",
  subject: "s",
  language: "en",
  source: "file",
  prefillTokens: ids.length,
  decodeTokens: 0,
  ids
})

const outcome = (ids: Uint16Array, experts: number): number | "refused" => {
  const model = { title: "one layer", experts, topK: 1, moe: { first: 0, last: 0, every: 1 } }
  try {
    return countHoles(request(ids), model, [0])
  } catch (cause) {
    if (cause instanceof Contradiction) return "refused"
    throw cause
  }
}

it("one id anywhere among others is counted or refused as it should be", () => {
  const numbers = [0, 1, 7, 127, 128, 255, 256, 257, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0x80ff, 0x8100, 0xfffe, 0xffff]
  for (const experts of [1, 8, 256, 257, 0x7fff, 0x8000, 0x8001, 0xffff]) {
    for (const id of numbers) {
      for (const length of [1, 2, 5, 8]) {
        for (let at = 0; at < length; at++) {
          for (const others of [0, experts - 1]) {
            // Whether or not the array begins where a word does.
            for (const start of [0, 1]) {
              const ids = new Uint16Array(length + start).fill(others).subarray(start)
              ids[at] = id
              const expected = id < experts ? 0 : id === missingExpert ? 1 : "refused"
              assert.strictEqual(outcome(ids, experts), expected, `${id} of ${experts} at ${at} of ${length}`)
            }
          }
        }
      }
    }
  }
})

it("more tokens served from cache than a column holds are refused before they are written", () => {
  const model = { title: "one layer", experts: 4, topK: 1, moe: { first: 0, last: 0, every: 1 } }
  const cached = (cachedTokens: number) => () => countHoles({ ...request(Uint16Array.of(1)), cachedTokens }, model, [0])
  assert.strictEqual(cached(2 ** 31 - 1)(), 0)
  for (const wrong of [2 ** 31, -1, 0.5]) assert.throws(cached(wrong), Contradiction)
})
