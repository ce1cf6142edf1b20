import { assert, it } from "@effect/vitest"
import { type LayerSelections, onlyPhase } from "../src/selections.ts"
import { memoryReader } from "../src/memory-store.ts"
import { Effect } from "effect"
import { makeModel } from "@moira/core/testing"
import { assertSameSelections, drawLengths, makeRequests } from "./traces.ts"

/** Rows of a request as lists, prefill and decode apart, by the definition of the fields. */
const rowsOf = ({ ids, offsets, prefillRows, topK }: LayerSelections, r: number) => {
  const rows = []
  for (let row = offsets[r]!; row < offsets[r + 1]!; row++) rows.push([...ids.subarray(row * topK, (row + 1) * topK)])
  return { prefill: rows.slice(0, prefillRows[r]), decode: rows.slice(prefillRows[r]) }
}

const model = makeModel({ experts: 40, topK: 3 })
const requests = makeRequests(model, {
  seed: 1,
  holes: 0.1,
  lengths: [[0, 0], [3, 0], [0, 2], ...drawLengths(1, 50, 7)]
})
const reader = memoryReader(model, requests)

it.effect("the memory store reads layer-major ids of requests, prefill first", () =>
  Effect.gen(function* () {
    for (const [index, layer] of reader.manifest.layers.entries()) {
      const selections = yield* reader.read({ layer, from: 1, to: 40 })
      assert.deepStrictEqual(
        { ...selections, ids: 0, offsets: 0, prefillRows: 0 },
        { layer, experts: 40, topK: 3, firstRequest: 1, requests: 39, ids: 0, offsets: 0, prefillRows: 0 }
      )
      for (let r = 0; r < 39; r++) {
        const { ids, prefillTokens, decodeTokens } = requests[r + 1]!
        const tokens = prefillTokens + decodeTokens
        const { prefill, decode } = rowsOf(selections, r)
        assert.deepStrictEqual([...prefill, ...decode].flat(), [
          ...ids.subarray(index * tokens * 3, (index + 1) * tokens * 3)
        ])
        assert.strictEqual(prefill.length, prefillTokens)
      }
    }
  })
)

it.effect("onlyPhase keeps the rows of a phase, request by request", () =>
  Effect.gen(function* () {
    const whole = yield* reader.read({ layer: 2 })
    const [prefill, decode] = [onlyPhase(whole, "prefill"), onlyPhase(whole, "decode")]
    for (let r = 0; r < whole.requests; r++) {
      const expected = rowsOf(whole, r)
      assert.deepStrictEqual(rowsOf(prefill, r), { prefill: expected.prefill, decode: [] })
      assert.deepStrictEqual(rowsOf(decode, r), { prefill: [], decode: expected.decode })
    }
    for (const part of [prefill, decode]) {
      assert.strictEqual(part.ids.length, part.offsets.at(-1)! * part.topK)
      assert.deepStrictEqual([part.layer, part.firstRequest, part.requests], [2, 0, whole.requests])
    }
    assert.strictEqual(prefill.ids.length + decode.ids.length, whole.ids.length)
  })
)

it.effect("onlyPhase copies but for `both`, and picking a phase again changes nothing", () =>
  Effect.gen(function* () {
    const whole = yield* reader.read({ layer: 2 })
    assert.strictEqual(onlyPhase(whole, "both"), whole)
    const decode = onlyPhase(whole, "decode")
    assert.notStrictEqual(decode.ids.buffer, whole.ids.buffer)
    assertSameSelections(onlyPhase(decode, "decode"), decode)
    assert.strictEqual(onlyPhase(decode, "prefill").ids.length, 0)
  })
)
