/** Where a run's placement comes from: optimizers see prompts, oracles the decode steps, a given layout is taken as it is. */
import { assert, it } from "@effect/vitest"
import { fabricOf, makePlacement } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import { PlacementError, type PlacementInput, type PlacementPolicy } from "@moira/placement"
import { decodeCounts, placeByPrompts } from "../src/run/place.ts"
import { type DecodeWindow } from "../src/window/window.ts"
import { noKnowledge } from "../src/window/knowledge.ts"
import { findModel } from "@moira/core"
import { Effect } from "effect"

const model = findModel("mixtral-8x7b")!
const layers = [0, 1]
const spec = { dies: 4, linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }
const fabric = fabricOf(Effect.runSync(ring.build(spec)))

/** Two requests of one and two decode tokens; request r chooses experts r and r + 2 at layer 0, one more at layer 1. */
const window: DecodeWindow = {
  model,
  layers,
  requests: 2,
  steps: 2,
  decodeTokens: Uint32Array.from([1, 2]),
  ids: Uint8Array.from([0, 2, 1, 3, 9, 9, 1, 3, 1, 3, 2, 4, 9, 9, 2, 4])
}

const seen: Array<PlacementInput> = []
const policy = (oracle: boolean): PlacementPolicy => ({
  contract: "placement/v1",
  id: "spy",
  title: "Spy",
  place: (input) => {
    seen.push(input)
    if (oracle && input.judgedOn === undefined)
      return Effect.fail(
        new PlacementError({ reason: "NeedsCounts", where: "spy", what: "no judge", hint: "give one" })
      )
    return Effect.succeed(makePlacement({ units: 4, experts: 8, layers }, (_, e) => [e >> 1]))
  }
})

it("counts the decode steps of a batch, requests that are used again too", () => {
  const rows = (batch: number, steps: number) => decodeCounts(window, batch, steps).map((row) => [...row])
  assert.deepStrictEqual(rows(2, 2), [
    [1, 2, 1, 2, 0, 0, 0, 0],
    [0, 1, 2, 1, 2, 0, 0, 0]
  ])
  assert.deepStrictEqual(rows(3, 1)[0], [2, 1, 2, 1, 0, 0, 0, 0])
})

it.effect("shows prompts to optimizers, and decode steps only to those that cannot do without", () =>
  Effect.gen(function* () {
    const knowledge = { ...noKnowledge(model, 2), prefillCounts: layers.map(() => new Uint32Array(8).fill(3)) }
    const options = { batch: 2, steps: 2, spareSlots: 1, seed: 7 }
    seen.length = 0
    yield* placeByPrompts(policy(false), { ...window, knowledge }, fabric, options)
    assert.strictEqual(seen.length, 1)
    assert.isUndefined(seen[0]!.judgedOn)
    assert.deepStrictEqual(seen[0]!.counts, knowledge.prefillCounts)
    assert.deepStrictEqual([seen[0]!.spareSlots, seen[0]!.batchTokens, seen[0]!.seed], [1, 2, 7])
    seen.length = 0
    yield* placeByPrompts(policy(true), { ...window, knowledge }, fabric, options)
    assert.deepStrictEqual(seen[1]!.judgedOn, decodeCounts(window, 2, 2))
    seen.length = 0
    // Without any prompt token there are no counts, rather than counts of zero.
    yield* placeByPrompts(policy(false), window, fabric, options)
    assert.isUndefined(seen[0]!.counts)
  })
)
