/**
 * For the tests of analyses: made-up traces, ways to drive an accumulator over them, and the kit that every
 * accumulator runs.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { analyse, type Make, modelOf, randomRequests, scattered } from "./testing/made-up.ts"

export * from "./testing/made-up.ts"
export { tinyModel, tinyRequests, tinyTrace } from "./testing/tiny-trace.ts"
export { memoryReader } from "./memory-store.ts"
export { digest } from "./testing/request-digest.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

/**
 * Registers the accumulator contract's test: any chunks, any states and any merge order give the same result, of states
 * that were copied as on their way from one thread to another.
 */
export const accumulatorConformance = <S, R>(name: string, make: Make<S, R>): void => {
  describe(`${name}: accumulator contract`, () => {
    it.effect.prop(
      "any chunks, spread over any states and merged in any order, give the same result",
      { seed: Seed, topK: Schema.Literals([1, 2]), holes: Schema.Literals([0, 0.2]) },
      ({ seed, topK, holes }) =>
        Effect.gen(function* () {
          const shape = { layers: 5, experts: 7, topK }
          const model = modelOf(shape)
          const requests = randomRequests(shape, 1 + (seed % 11), seed, holes)
          const whole = yield* analyse(make, model, requests)
          assert.deepStrictEqual(yield* scattered(make, model, requests, seed), whole)
          assert.deepStrictEqual(yield* analyse(make, model, requests, 2), whole)
        }),
      { arbitrary: { runs: 60 } }
    )
  })
}
