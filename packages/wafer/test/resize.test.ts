/** Wafers of another number of dies. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import wafer from "../src/index.ts"
import { dojo } from "../src/machines.ts"

const resize = wafer.resize!

describe("a wafer of another number of dies", () => {
  for (const [units, columns, rows] of [
    [1, 1, 1],
    [2, 2, 1],
    [8, 4, 2],
    [24, 6, 4],
    [25, 5, 5],
    [36, 6, 6],
    [64, 8, 8],
    [100, 10, 10],
    [4096, 64, 64]
  ] as const)
    it.effect(`${units} dies lie ${columns} x ${rows}, and nothing else differs`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* resize(dojo, units), { ...dojo, columns, rows })
      })
    )

  it.effect("is refused where they make a strip, with the numbers next to it", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(resize(dojo, 13))
      assert.include(error.message, "13 dies make no mesh that is at most 4 times as long as wide")
      assert.include(error.message, "12 or 14")
      for (const units of [0, -1, 2.5]) yield* Effect.flip(resize(dojo, units))
    })
  )

  it.effect("is refused where dead dies are named by their places, but for the number that works", () =>
    Effect.gen(function* () {
      const broken = { ...dojo, deadDies: [[1, 1]] as const }
      assert.strictEqual(yield* resize(broken, 24), broken)
      const error = yield* Effect.flip(resize(broken, 16))
      assert.include(error.message, "give columns and rows")
    })
  )
})
