import { assert, it } from "@effect/vitest"
import { expertTimeFor, type WeightedExpertTime } from "../src/expert-time/moe-layer.ts"

const one = (bytesPerWeight: number): WeightedExpertTime => ({
  peakFlopsPerSec: 1,
  fixedPs: 0,
  perResidentPs: 0,
  bytesPerSec: 1e12,
  efficiency: 1,
  corner: 1,
  bytesPerWeight
})

it("of several data types the one nearest in bytes a weight counts", () => {
  const [two, single] = [one(2), one(1)]
  assert.strictEqual(expertTimeFor([two, single], 2), two)
  assert.strictEqual(expertTimeFor([two, single], 1), single)
  assert.strictEqual(expertTimeFor([two, single], 0.53), single, "4-bit weights go with the smaller one")
  assert.strictEqual(expertTimeFor(single, 2), single, "a single one serves all")
})
