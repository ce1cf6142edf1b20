import { assert, it } from "@effect/vitest"
import predicted from "@moira/allocation/residencies/predicted"
import { tableLimits } from "@moira/wafer"

it("predictor-managed memory refuses what the wafer's added units cannot hold", () => {
  assert.deepStrictEqual(predicted.limits, tableLimits)
})
