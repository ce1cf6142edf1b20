import { assert, it } from "@effect/vitest"
import { findModel } from "@moira/core"
import { SpatialResult as Result, type SpatialResult } from "@moira/results"
import { Effect } from "effect"
import { spatial } from "../src/index.ts"
import { readPatterns, sharedData } from "@moira/test-data"
import { analyse, checked } from "@moira/trace/testing"

const model = findModel("llama4-maverick")!
const folder = sharedData("traces/patterns")

it.effect.skipIf(folder === undefined)("real Llama 4 traces are skewed, and by task", () =>
  Effect.gen(function* () {
    const requests = readPatterns(folder!)
    const result: SpatialResult = checked(Result, yield* analyse(spatial.accumulator, model, requests))
    assert.deepStrictEqual(result.popularity.degenerateLayers, [45])
    assert.strictEqual(result.popularity.layers.length, 24)
    const tokens = requests.reduce((sum, of) => sum + of.prefillTokens + of.decodeTokens, 0)
    for (const { counts } of result.popularity.layers) {
      assert.strictEqual(
        counts.reduce((sum, count) => sum + count, 0),
        tokens
      )
    }
    const { mean } = result.popularity
    // The study finds the hottest expert of this model at more than 16 times the mean.
    assert.isAbove(mean!.skewMaxOverMean, 16)
    assert.isTrue(mean!.gini > 0.5 && mean!.entropyBits < 6.5)
    assert.closeTo(mean!.coverage.heldOut!, 0.72, 0.05)
    assert.strictEqual(mean!.coverage.popularity, 26 / 128)
    const subjects = result.distances.filter(({ kind }) => kind === "subject")
    const apart = subjects.find(({ a, b }) => a !== b)!
    for (const floor of subjects.filter(({ a, b }) => a === b)) assert.isBelow(2 * floor.distance, apart.distance)
    assert.isBelow(2 * apart.noise!.high, apart.distance)
    const [bySubject] = result.sharing.means
    assert.strictEqual(bySubject!.kind, "subject")
    // Dealt at random, subjects share more hot experts and differ in fewer: the difference is the subject's own.
    assert.isTrue(bySubject!.shared >= 2 && bySubject!.shared < bySubject!.byChance.shared / 2)
    assert.isAbove(bySubject!.specific, 4 * bySubject!.byChance.someOnly)
    // Some experts are hot in both subjects, the others differ.
    for (const layer of new Set(result.profiles.map((of) => of.layer))) {
      const [a, b] = result.profiles.filter((of) => of.kind === "subject" && of.layer === layer)
      const shared = a!.top.filter(({ expert }) => b!.top.some((other) => other.expert === expert))
      assert.isTrue(shared.length > 0 && shared.length < 10)
    }
    assert.isNull(result.pairs)
    assert.deepStrictEqual(
      result.notMeasured.map(({ what }) => what),
      ["comparison of benchmarks", "comparison of languages", "expert pairs (Ob5)"]
    )
    assert.deepStrictEqual(yield* analyse(spatial.accumulator, model, requests, 64), result)
  })
)
