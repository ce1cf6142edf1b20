import { assert, it } from "@effect/vitest"
import { renderHtml } from "@moira/report"
import { isReportedKind } from "@moira/report/node"
import { version } from "@moira/core"
import { analysisKind } from "@moira/trace"
import { accumulatorConformance, analyse, modelOf, requestOf } from "@moira/trace/testing"
import { Effect } from "effect"
import workingSet from "../src/index.ts"

const options = { seed: 1, split: { seed: 1, heldOutShare: 0.5 } }

it("is an analysis with a kind of result", () => {
  assert.isTrue(analysisKind.is(workingSet))
  assert.isTrue(isReportedKind(workingSet.kind))
})

accumulatorConformance("working set", (context) => workingSet.accumulator(context, options))

it.effect("counts the experts of an answer once, and its chapter says so", () =>
  Effect.gen(function* () {
    const shape = { layers: 1, experts: 8, topK: 2 }
    const request = requestOf([[[0, 1]]], [[[2, 3]], [[2, 4]]])
    const result = yield* analyse((context) => workingSet.accumulator(context, options), modelOf(shape), [request])
    assert.deepStrictEqual(
      result.layers.map(({ experts }) => experts),
      [3]
    )
    const input = {
      model: "test",
      title: "Test model",
      contentSha256: "0",
      requests: 1,
      prefillTokens: 1,
      decodeTokens: 2,
      layers: [1],
      experts: 8,
      topK: 2,
      origin: "memory"
    }
    const document = { schema: "own-working-set/1", moira: version, input, seed: 1, heldOutShare: 0.5, result }
    if (!isReportedKind(workingSet.kind)) return assert.fail("no kind of result")
    const html = renderHtml([document], { kinds: [workingSet.kind] })
    for (const part of ["Working sets", "3.0", "of 8 experts that one answer needs", "mean over requests"]) {
      assert.include(html, part)
    }
  })
)
