/** The trace without tokens of unknown experts, against one that never had them. */
import { moeLayers, random } from "@moira/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { memoryReader } from "../src/memory-store.ts"
import { pickRequests } from "../src/pick-requests.ts"
import { recordedTokens } from "../src/recorded-tokens.ts"
import { rejectedDrafts, runsOf } from "../src/requests.ts"
import { missingExpert, type TraceRequest } from "../src/selections.ts"
import { tinyModel, tinyRequests } from "../src/testing/tiny-trace.ts"
import { traceWarnings } from "../src/trace-warnings.ts"
import { assertSameSelections } from "./traces.ts"

const layers = moeLayers(tinyModel).length
const { topK } = tinyModel

/** The request with the ids of some decode tokens missing, at all layers or from layer `first` on and one id a row only. */
const withHoles = (request: TraceRequest, tokens: ReadonlyArray<number>, partial?: number): TraceRequest => {
  const ids = request.ids.slice()
  const rows = request.prefillTokens + request.decodeTokens
  for (const token of tokens)
    for (let layer = partial ?? 0; layer < layers; layer++) {
      const from = (layer * rows + request.prefillTokens + token) * topK
      ids.fill(missingExpert, from, from + (partial === undefined ? topK : 1))
    }
  return { ...request, ids }
}

/** The request as a recorder would give it that never knew of these decode tokens. */
const withoutTokens = (request: TraceRequest, tokens: ReadonlyArray<number>): TraceRequest => {
  const rows = request.prefillTokens + request.decodeTokens
  const kept = Array.from({ length: rows }, (_, row) => row).filter(
    (row) => !tokens.includes(row - request.prefillTokens)
  )
  const ids = Array.from({ length: layers }, (_, layer) =>
    kept.flatMap((row) => [...request.ids.subarray((layer * rows + row) * topK, (layer * rows + row + 1) * topK)])
  )
  return { ...request, decodeTokens: kept.length - request.prefillTokens, ids: Uint16Array.from(ids.flat()) }
}

const lost = (request: TraceRequest, seed: number): ReadonlyArray<number> => {
  const { below } = random(seed)
  return Array.from({ length: request.decodeTokens }, (_, token) => token).filter(() => below(4) === 0)
}

const trace = (seed: number) =>
  tinyRequests(12, seed).map((request, r) => ({ request, tokens: lost(request, 100 * seed + r) }))

describe("recordedTokens", () => {
  for (const partial of [undefined, layers - 1])
    it.effect(
      `${partial === undefined ? "unrecorded tokens" : "tokens that lack an id of one layer"} are as if they had never been`,
      () =>
        Effect.gen(function* () {
          for (let seed = 1; seed <= 8; seed++) {
            const parts = trace(seed)
            const holes = parts.map(({ request, tokens }) => withHoles(request, tokens, partial))
            const view = yield* recordedTokens(memoryReader(tinyModel, holes))
            const without = memoryReader(
              tinyModel,
              parts.map(({ request, tokens }) => withoutTokens(request, tokens))
            )
            const { length } = parts
            for (const layer of moeLayers(tinyModel))
              for (const phase of ["both", "prefill", "decode"] as const)
                for (const [from, to] of [
                  [0, length],
                  [3, 7],
                  [5, 5]
                ] as const) {
                  const query = { layer, from, to, phase }
                  assertSameSelections(yield* view.read(query), yield* without.read(query))
                }
            for (const [r, row] of view.requests.entries()) {
              const { decodeTokens, prefillTokens } = without.requests[r]!
              assert.deepStrictEqual([row.decodeTokens, row.prefillTokens, row.runs], [decodeTokens, prefillTokens, ""])
            }
          }
        })
    )

  it.effect("some requests of a trace, without what they lack", () =>
    Effect.gen(function* () {
      const parts = trace(3)
      const picked = [1, 4, 5, 9]
      const reader = memoryReader(
        tinyModel,
        parts.map(({ request, tokens }) => withHoles(request, tokens))
      )
      const view = yield* recordedTokens(pickRequests(reader, picked))
      const without = memoryReader(
        tinyModel,
        picked.map((r) => withoutTokens(parts[r]!.request, parts[r]!.tokens))
      )
      for (const layer of moeLayers(tinyModel))
        assertSameSelections(yield* view.read({ layer, to: 4 }), yield* without.read({ layer }))
      assert.strictEqual(yield* recordedTokens(view), view)
    })
  )

  it.effect("a trace that lacks no decode token is given back as it is, holes of prompts and all", () =>
    Effect.gen(function* () {
      const whole = memoryReader(tinyModel, tinyRequests(6, 1))
      assert.strictEqual(yield* recordedTokens(whole), whole)
      const prompts = tinyRequests(6, 2).map((request) => {
        const ids = request.ids.slice()
        if (request.prefillTokens > 0) ids[0] = missingExpert
        return { ...request, ids }
      })
      const reader = memoryReader(tinyModel, prompts)
      assert.isAbove(reader.manifest.counts.missingIds, 0)
      assert.strictEqual(yield* recordedTokens(reader), reader)
    })
  )

  it.effect("refuses where more than half of the decode tokens are not known, with how many", () =>
    Effect.gen(function* () {
      const requests = tinyRequests(8, 5)
      const all = requests.reduce((sum, { decodeTokens }) => sum + decodeTokens, 0)
      let gone = 0
      const holes = requests.map((request) => {
        const tokens = Array.from({ length: request.decodeTokens }, (_, token) => token).filter(
          (token) => token % 3 > 0
        )
        gone += tokens.length
        return withHoles(request, tokens)
      })
      assert.isAbove(gone, all / 2)
      const error = yield* Effect.flip(recordedTokens(memoryReader(tinyModel, holes)))
      assert.strictEqual(error.reason, "Unrecorded")
      assert.include(error.what, `${gone} of ${all} decode tokens`)
    })
  )
})

describe("drafted tokens", () => {
  it.effect("keep what they were when others are left out", () =>
    Effect.gen(function* () {
      const request = tinyRequests(9, 4).find(({ decodeTokens: tokens }) => tokens >= 4)!
      const { prefillTokens, decodeTokens } = request
      const runs = [
        { tokens: prefillTokens, phase: "prefill" },
        { tokens: 1, phase: "verified" },
        { tokens: 2, phase: "rejected" },
        { tokens: decodeTokens - 3, phase: "decode" }
      ] as const
      const reader = memoryReader(tinyModel, [{ ...withHoles(request, [1]), runs }])
      const [row] = (yield* recordedTokens(reader)).requests
      assert.deepStrictEqual(
        runsOf(row!).filter(({ phase }) => phase !== "prefill"),
        [
          { tokens: 1, phase: "verified" },
          { tokens: 1, phase: "rejected" },
          { tokens: decodeTokens - 3, phase: "decode" }
        ]
      )
      assert.deepStrictEqual([...rejectedDrafts(row!)!], [0, 1, ...Array.from({ length: decodeTokens - 3 }, () => 0)])
      assert.deepStrictEqual(
        [...rejectedDrafts(reader.requests[0]!)!],
        [0, 1, 1, ...Array.from({ length: decodeTokens - 3 }, () => 0)]
      )
    })
  )
})

describe("traceWarnings", () => {
  it("tells unrecorded tokens with their share, suspicions with their requests, and nothing of a sound trace", () => {
    assert.deepStrictEqual(traceWarnings(memoryReader(tinyModel, tinyRequests(5, 1)).manifest), [])
    const odd = { kind: "warning", what: "the buffer is stale" } as const
    const requests = tinyRequests(5, 1).map((request, r) => ({
      ...withHoles(request, request.decodeTokens > 0 ? [0] : []),
      remarks: [{ kind: "note" as const, what: "read as decode" }, ...(r > 2 ? [{ ...odd, first: `file ${r}` }] : [])]
    }))
    const { manifest } = memoryReader(tinyModel, requests)
    const { unrecordedDecodeTokens: lostTokens, decodeTokens } = manifest.counts
    const [suspicion, unrecorded, ...others] = traceWarnings(manifest)
    assert.strictEqual(suspicion, "the buffer is stale (2 requests, first file 3)")
    assert.include(unrecorded, `${lostTokens} of ${decodeTokens} decode tokens`)
    assert.include(unrecorded, `${lostTokens * layers * topK} ids`)
    assert.deepStrictEqual(others, [])
  })

  it("tells ids that only some layers lack", () => {
    const request = tinyRequests(9, 1).find(({ decodeTokens }) => decodeTokens > 1)!
    const { manifest } = memoryReader(tinyModel, [withHoles(request, [1], layers - 1)])
    assert.match(traceWarnings(manifest).at(-1)!, /^1 ids are missing at tokens that other layers do know/)
  })
})
