/** Expert numbers are names: other numbers give the same result of other numbers. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { SpatialResult } from "@moira/results"
import { type TraceRequest } from "@moira/trace"
import { analyse, checked, modelOf, requestOf, type Token } from "@moira/trace/testing"
import { Effect, Schema } from "effect"
import { spatial } from "../src/index.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

const shape = { layers: 3, experts: 10, topK: 2 }
const model = modelOf(shape)

/** Requests long enough that no two experts are selected equally often, so that no tie depends on a number. */
const requestsFrom = (seed: number): ReadonlyArray<TraceRequest> => {
  const draw = random(seed)
  const pick = (task: number) => {
    const ids = new Set<number>()
    while (ids.size < 2) ids.add((Math.floor(draw.uniform() ** 2 * 10) + 2 * task) % 10)
    return [...ids]
  }
  return Array.from({ length: 12 }, (_, r) => {
    const token = (): Token => Array.from({ length: 3 }, () => pick(r % 2))
    return requestOf([], Array.from({ length: 60 }, token), {
      subject: `s${r % 2}`,
      language: r % 3 === 0 ? "zh" : "en"
    })
  })
}

const distinct = (values: ReadonlyArray<number>) => new Set(values).size === values.length

it.effect.prop(
  "permuting expert ids permutes the result",
  { seed: Seed },
  ({ seed }) =>
    Effect.gen(function* () {
      const draw = random(seed)
      const to = Array.from({ length: shape.experts }, (_, e) => e)
      for (let i = to.length - 1; i > 0; i--) {
        const j = draw.below(i + 1)
        ;[to[i], to[j]] = [to[j]!, to[i]!]
      }
      const requests = requestsFrom(seed)
      const renamed = requests.map((request) => ({ ...request, ids: request.ids.map((id) => to[id]!) }))
      const before = checked(SpatialResult, yield* analyse(spatial.accumulator, model, requests))
      const after = checked(SpatialResult, yield* analyse(spatial.accumulator, model, renamed))
      for (const [l, layer] of before.popularity.layers.entries()) {
        const other = after.popularity.layers[l]!
        assert.deepStrictEqual(
          layer.counts,
          to.map((expert) => other.counts[expert]!)
        )
        assert.closeTo(other.gini, layer.gini, 1e-12)
        assert.closeTo(other.entropyBits, layer.entropyBits, 1e-12)
        assert.strictEqual(other.skewMaxOverMean, layer.skewMaxOverMean)
        if (!distinct(layer.counts)) continue
        assert.deepStrictEqual(
          other.top.map(({ expert, share }) => [expert, share]),
          layer.top.map(({ expert, share }) => [to[expert], share])
        )
        assert.strictEqual(other.coverage.inSample, layer.coverage.inSample)
      }
      for (const [i, { distance, noise }] of before.distances.entries()) {
        assert.closeTo(after.distances[i]!.distance, distance, 1e-9)
        assert.closeTo(after.distances[i]!.noise?.high ?? 0, noise?.high ?? 0, 1e-9)
      }
      for (const [i, layer] of before.sharing.layers.entries()) {
        const other = after.sharing.layers[i]!
        const named = (list: typeof layer.experts, name: (expert: number) => number) =>
          list.map(({ expert, sharing, hotIn }) => [name(expert), sharing, hotIn]).toSorted((a, b) => +a[0]! - +b[0]!)
        assert.deepStrictEqual(
          named(other.experts, (expert) => expert),
          named(layer.experts, (expert) => to[expert]!)
        )
        assert.deepStrictEqual([other.shared, other.specific], [layer.shared, layer.specific])
      }
    }),
  { arbitrary: { runs: 20 } }
)
