import { assert, it } from "@effect/vitest"
import { defaultSplit, heldOutMask, topCount } from "@moira/core/statistics"
import { SpatialResult } from "@moira/results"
import { Effect, Schema } from "effect"
import { popularity } from "../src/spatial.ts"
import { spatial } from "../src/index.ts"
import { taskHalves } from "@moira/trace"
import { analyse, checked, memoryReader, modelOf, randomRequests, requestOf } from "@moira/trace/testing"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

it.effect("popularity of a trace small enough to count by hand", () =>
  Effect.gen(function* () {
    // Five experts, top-1: the top 20 % is one expert.
    const train = requestOf([[[0]], [[0]]], [[[0]], [[1]]])
    const heldOut = requestOf([[[1]], [[2]]], [[[0]], [[1]], [[1]]])
    const requests = [...heldOutMask(2)].map((held) => (held === 1 ? heldOut : train))
    const model = modelOf({ layers: 1, experts: 5, topK: 1 })
    const result = yield* analyse(popularity, model, requests)
    const layer = result.popularity.layers[0]!
    assert.deepStrictEqual(layer.counts, [4, 4, 1, 0, 0])
    assert.closeTo(layer.skewMaxOverMean, 20 / 9, 1e-12)
    // Training says expert 0, which is one of the five held-out selections; in sample 0 and 1 tie.
    assert.deepStrictEqual(layer.coverage, { inSample: 4 / 9, heldOut: 1 / 5, interval: null, popularity: 1 / 5 })
    assert.deepStrictEqual(layer.top, [
      { expert: 0, share: 4 / 9 },
      { expert: 1, share: 4 / 9 },
      { expert: 2, share: 1 / 9 }
    ])
    assert.match(result.notMeasured[0]!.what, /interval/)
  })
)

it.effect.prop(
  "coverage equals a plain count over lists of selections",
  { seed: Seed, topK: Schema.Literals([1, 3]) },
  ({ seed, topK }) =>
    Effect.gen(function* () {
      const shape = { layers: 2, experts: 11, topK }
      const requests = randomRequests(shape, 7, seed, 0.1)
      const result = checked(SpatialResult, yield* analyse(spatial.accumulator, modelOf(shape), requests))
      const held = heldOutMask(requests.length, defaultSplit)
      const selections = requests.map(({ ids }) =>
        [...ids.subarray(0, ids.length / 2)].filter((id) => id < shape.experts)
      )
      const [train, judging] = [0, 1].map((side) => selections.filter((_, r) => held[r] === side).flat())
      const best = (list: ReadonlyArray<number>) => {
        const count = (expert: number) => list.filter((id) => id === expert).length
        return Array.from({ length: shape.experts }, (_, e) => e)
          .toSorted((a, b) => count(b) - count(a) || a - b)
          .slice(0, topCount(shape.experts, 0.2))
      }
      const share = (list: ReadonlyArray<number>, chosen: ReadonlyArray<number>) =>
        list.filter((id) => chosen.includes(id)).length / list.length
      const all = selections.flat()
      const layer = result.popularity.layers.find((of) => of.layer === 1)
      if (all.length === 0) assert.isUndefined(layer)
      else {
        assert.closeTo(layer!.coverage.inSample, share(all, best(all)), 1e-12)
        const judged = train!.length > 0 && judging!.length > 0
        assert.strictEqual(layer!.coverage.heldOut, judged ? share(judging!, best(train!)) : null)
        assert.strictEqual(layer!.coverage.popularity, 2 / 11)
        const { halfOf } = taskHalves(memoryReader(modelOf(shape), requests).requests, defaultSplit.seed)!
        const halves = [0, 1].map((half) => selections.filter((_, r) => halfOf[r] === half).flat())
        const { acrossTasks } = layer!.coverage
        if (halves.some((half) => half.length === 0)) assert.isUndefined(acrossTasks)
        else {
          assert.closeTo(acrossTasks!.directions[0], share(halves[1]!, best(halves[0]!)), 1e-12)
          assert.closeTo(acrossTasks!.directions[1], share(halves[0]!, best(halves[1]!)), 1e-12)
        }
      }
    }),
  { arbitrary: { runs: 60 } }
)

it.effect("the interval of a mean holds the mean", () =>
  Effect.gen(function* () {
    const shape = { layers: 6, experts: 20, topK: 2 }
    const { popularity: result } = yield* analyse(popularity, modelOf(shape), randomRequests(shape, 60, 1, 0.05))
    const { heldOut, interval } = result.mean!.coverage
    assert.isTrue(interval![0] < heldOut! && heldOut! < interval![1])
  })
)
