import { assert, it } from "@effect/vitest"
import { Schema } from "effect"
import { Amount, Count, Picoseconds, PositiveCount, Rate, ReservedShare, Share } from "../src/schema.ts"

const tried = [Number.NaN, -Infinity, -1, -0.5, 0, 0.5, 0.95, 0.96, 1, 1.5, 2, 1e300, Infinity]

const taken = (schema: Schema.Schema<number>) => tried.filter(Schema.is(schema))

it("takes what its words say, and nothing infinite", () => {
  assert.deepStrictEqual(taken(Count), [0, 1, 2])
  assert.deepStrictEqual(taken(Picoseconds), taken(Count))
  assert.deepStrictEqual(taken(PositiveCount), [1, 2])
  assert.deepStrictEqual(taken(Amount), [0, 0.5, 0.95, 0.96, 1, 1.5, 2, 1e300])
  assert.deepStrictEqual(taken(Rate), [0.5, 0.95, 0.96, 1, 1.5, 2, 1e300])
  assert.deepStrictEqual(taken(Share), [0.5, 0.95, 0.96, 1])
  assert.deepStrictEqual(taken(ReservedShare), [0, 0.5, 0.95])
})
