import { assert, it } from "@effect/vitest"
import { findModel } from "@moira/core"
import { type TemporalResult, TemporalResult as Result } from "@moira/results"
import { Effect } from "effect"
import { temporal } from "../src/index.ts"
import { readPatterns, sharedData } from "@moira/test-data"
import { analyse, checked } from "@moira/trace/testing"

const model = findModel("llama4-maverick")!
const folder = sharedData("traces/patterns")

/** Figures to compare with were taken from 387 requests of the same data set; these are 235 of them, two subjects. */
it.effect.skipIf(folder === undefined)(
  "real Llama 4 traces show the published relations",
  () =>
    Effect.gen(function* () {
      const requests = readPatterns(folder!)
      assert.strictEqual(requests.length, 235)
      const whole = yield* analyse(temporal.accumulator, model, requests)
      const result: TemporalResult = checked(Result, whole)
      const { crossLayer, crossToken, prefillDecode } = result
      assert.deepStrictEqual(crossLayer!.degenerateLayers, [43, 45])
      assert.deepStrictEqual(crossToken!.degenerateLayers, [45])
      assert.strictEqual(crossLayer!.layers.length, 23)
      assert.strictEqual(crossToken!.layers.length, 24)
      for (const { mean } of [crossLayer!, crossToken!]) {
        assert.closeTo(mean!.heldOut!, 0.78, 0.05)
        assert.closeTo(mean!.popularity!, 0.72, 0.05)
        assert.isAbove(mean!.inSample, mean!.heldOut!)
        const [low, high] = mean!.interval!
        assert.isTrue(low < mean!.heldOut! && mean!.heldOut! < high && high - low < 0.05)
        assert.isAbove(low, mean!.popularity!)
      }
      // One subject says little of the other: held-out requests of the same subjects flatter.
      const across = crossLayer!.mean!.acrossTasks!
      assert.strictEqual(across.tasks, 2)
      assert.closeTo(Math.min(...across.directions), 0.391, 0.005)
      assert.closeTo(Math.max(...across.directions), 0.441, 0.005)
      assert.closeTo(crossLayer!.mean!.heldOut!, 0.826, 0.005)
      // The diagonal of the cross-token heatmap is bright in upper layers and faint in the first.
      const lift = (layer: number) => crossToken!.layers.find((of) => of.layer === layer)!.diagonalLift
      assert.isAbove(lift(29), 2 * lift(1))
      assert.closeTo(prefillDecode!.mean.rhoFrequency!, 0.82, 0.1)
      assert.isBelow(prefillDecode!.layers.find(({ layer }) => layer === 45)!.rhoFrequency!, 0.5)
      assert.deepStrictEqual(result.notMeasured, [])
      const chunked = yield* analyse(temporal.accumulator, model, requests, 64)
      assert.strictEqual(JSON.stringify(chunked), JSON.stringify(whole))
    }),
  60_000
)
