/**
 * What another numbering of the experts changes: nothing but the numbers, wherever no tie is settled by number. Ties
 * between candidates are settled by popularity first, so a numbering matters only where popularity itself ties.
 */
import { assert, it } from "@effect/vitest"
import { missingExpert, type TraceRequest } from "@moira/trace"
import { type TemporalResult } from "@moira/results"
import { random } from "@moira/core"
import { analyse, modelOf, randomRequests, requestOf } from "@moira/trace/testing"
import { Effect, Schema } from "effect"
import { temporal } from "../src/index.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

const experts = 5

const shuffled = (seed: number): ReadonlyArray<number> => {
  const { below } = random(seed)
  const to = Array.from({ length: experts }, (_, e) => e)
  for (let e = experts - 1; e > 0; e--) {
    const other = below(e + 1)
    ;[to[e], to[other]] = [to[other]!, to[e]!]
  }
  return to
}

const renamed = (requests: ReadonlyArray<TraceRequest>, to: ReadonlyArray<number>): ReadonlyArray<TraceRequest> =>
  requests.map((request) => ({ ...request, ids: request.ids.map((id) => (id === missingExpert ? id : to[id]!)) }))

/** The result with expert numbers replaced, and heatmaps in the order of the new numbers. */
const translated = (result: TemporalResult, to: ReadonlyArray<number>): TemporalResult => {
  const relation = (of: TemporalResult["crossLayer"]) =>
    of && {
      ...of,
      layers: of.layers.map((layer) => ({ ...layer, topExpert: to[layer.topExpert]! })),
      heatmaps: of.heatmaps.map(({ layer, nextLayer, matrix }) => {
        const counts = Array.from({ length: experts ** 2 }, () => 0)
        for (let i = 0; i < experts; i++) {
          for (let j = 0; j < experts; j++) counts[to[i]! * experts + to[j]!] = matrix.counts[i * experts + j]!
        }
        return { layer, nextLayer, matrix: { size: experts, counts } }
      })
    }
  return { ...result, crossLayer: relation(result.crossLayer), crossToken: relation(result.crossToken) }
}

/** Without ceilings, which are drawn expert by expert. */
const measured = (result: TemporalResult): TemporalResult => {
  const { prefillDecode: of } = result
  if (of === null) return result
  const { ceiling: _, ...mean } = of.mean
  return { ...result, prefillDecode: { layers: of.layers.map(({ ceiling: __, ...layer }) => layer), mean } }
}

/** Requests in which each expert is three times as popular as the next, so that no two are equally popular. */
const separated = (topK: number, seed: number): ReadonlyArray<TraceRequest> => {
  const { uniform, below } = random(seed)
  const pick = () => {
    const ids = new Set<number>()
    while (ids.size < topK) {
      const at = uniform() * (3 ** experts - 1)
      ids.add(experts - 1 - Math.floor(Math.log(at + 1) / Math.log(3)))
    }
    return [...ids]
  }
  const tokens = (n: number) => Array.from({ length: n }, () => [pick(), pick(), pick()])
  return Array.from({ length: 60 }, () => requestOf(tokens(15 + below(10)), tokens(35 + below(10))))
}

it.effect("another numbering of the experts gives the same result in the new numbers", () =>
  Effect.gen(function* () {
    const options = { windows: 2, batches: [1, 4], draws: 50 }
    for (const topK of [1, 2]) {
      const model = modelOf({ layers: 3, experts, topK })
      const run = (requests: ReadonlyArray<TraceRequest>) =>
        analyse((context) => temporal.accumulator(context, options), model, requests)
      for (const seed of [1, 2]) {
        const requests = separated(topK, seed)
        const to = shuffled(seed)
        const result = yield* run(requests)
        assert.deepStrictEqual(measured(yield* run(renamed(requests, to))), measured(translated(result, to)))
      }
    }
  })
)

/** What has no ties to settle, whatever the trace. */
const untied = ({ crossLayer, crossToken, prefillDecode, requestDrift, positionDrift, reuse }: TemporalResult) => {
  const relation = (of: TemporalResult["crossLayer"]) =>
    of && {
      heatmaps: of.heatmaps,
      layers: of.layers.map(({ layer, degenerate, cdf, coverage, diagonalLift }) => {
        return { layer, degenerate, cdf, inSample: coverage.inSample, diagonalLift }
      })
    }
  return {
    crossLayer: relation(crossLayer),
    crossToken: relation(crossToken),
    rho: prefillDecode?.layers.map((of) => [of.rhoFrequency, of.rhoCrossLayer, of.rhoCrossToken]),
    requestDrift,
    positionDrift: positionDrift?.layers.map(({ windows }) =>
      windows.map(({ distance, distanceFloor, pValue, rho, rhoFloor, rhoPrefill, hotOwn }) => {
        return { distance, distanceFloor, pValue, rho, rhoFloor, rhoPrefill, hotOwn }
      })
    ),
    reuse: reuse?.batches.map(({ layers }) =>
      layers.map(({ uses, firstUses, depths }) => ({ uses, firstUses, depths }))
    )
  }
}

it.effect.prop(
  "counts, in-sample figures, rank correlations, drift and reuse do not depend on the numbering, ties or not",
  { seed: Seed, topK: Schema.Literals([1, 2]), holes: Schema.Literals([0, 0.2]) },
  ({ seed, topK, holes }) =>
    Effect.gen(function* () {
      const shape = { layers: 3, experts, topK }
      const requests = randomRequests(shape, 9, seed, holes)
      const run = (of: ReadonlyArray<TraceRequest>) =>
        analyse((context) => temporal.accumulator(context, { draws: 5, shuffles: 3 }), modelOf(shape), of)
      const to = shuffled(seed)
      const result = yield* run(requests)
      assert.deepStrictEqual(untied(yield* run(renamed(requests, to))), untied(translated(result, to)))
    }),
  { arbitrary: { runs: 40 } }
)
