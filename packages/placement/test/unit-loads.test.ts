import { assert, it } from "@effect/vitest"
import { unitTime } from "@moira/hardware"
import { touchedExpected } from "@moira/hardware/testing"
import { meshFabric } from "@moira/hardware/testing"
import {
  balancedness,
  chosenShares,
  copiesOf,
  expectedUnitLoads,
  layerTimePs,
  shapeOf,
  touchedShare,
  unitLoads
} from "../src/loads/unit-loads.ts"
import { findModel, random } from "@moira/core"

// Three units with three slots: expert 0 on all, expert 1 twice on the second, expert 3 nowhere chosen.
const slots = [0, 2, -1, 1, 1, 0, 0, 3, -1]
const counts = [90, 40, 7, 0]

it("shares an expert's tokens evenly among copies, two copies on a unit two shares", () => {
  assert.deepStrictEqual([...copiesOf(slots, 4)], [3, 2, 1, 1])
  const { choices, touched } = unitLoads(slots, 3, counts)
  assert.deepStrictEqual([...choices], [37, 70, 30])
  assert.deepStrictEqual([...touched], [2, 2, 1])
})

it("keeps every token, over 200 seeded layouts", () => {
  const { below } = random(5)
  for (let run = 0; run < 200; run++) {
    const [units, perUnit, experts] = [1 + below(6), 1 + below(5), 1 + below(9)]
    const row = Int32Array.from({ length: units * perUnit }, () => below(experts + 1) - 1)
    for (let e = 0; e < Math.min(experts, row.length); e++) row[e] = e
    const placed = copiesOf(row, experts)
    const chosen = Array.from({ length: experts }, (_, e) => (placed[e]! > 0 ? below(100) : 0))
    const total = chosen.reduce((a, b) => a + b, 0)
    const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0)
    assert.closeTo(sum(unitLoads(row, perUnit, chosen).choices), total, 1e-9)
    if (total === 0) continue
    const shares = chosenShares(chosen, 2)
    assert.closeTo(sum(expectedUnitLoads(row, perUnit, shares, 64).choices), 128, 1e-9)
  }
})

it("expects to read an expert as often as tokens come to its copies there", () => {
  const shares = chosenShares(counts, 1)
  assert.closeTo(shares[0]!, 90 / 137, 1e-12)
  const { choices, touched } = expectedUnitLoads(slots, 3, shares, 4)
  assert.closeTo(choices[1]!, 4 * (40 / 137 + 30 / 137), 1e-12)
  // Both copies of expert 1 are one read; the third of expert 0's tokens that come here is another.
  const reads = 1 - (1 - 40 / 137) ** 4 + (1 - (1 - 30 / 137) ** 4)
  assert.closeTo(touched[1]!, reads, 1e-12)
  // Where each expert lies once, this is the expectation that hardware knows.
  const alone = expectedUnitLoads([0, 1, 2, 3], 4, shares, 4)
  assert.closeTo(alone.touched[0]!, touchedExpected(4, shares), 1e-12)
})

it("takes a layer without counts to choose evenly, and shares above one to be chosen always", () => {
  assert.deepStrictEqual([...chosenShares([0, 0, 0, 0], 2)], [0.5, 0.5, 0.5, 0.5])
  assert.strictEqual(touchedShare(1.5, 3), 1)
  assert.strictEqual(touchedShare(0, 3), 0)
})

it("lets the slowest unit decide", () => {
  const model = findModel("deepseek-v3")!
  const time = unitTime(meshFabric(3, 1), shapeOf({ model, expertBytes: 44e6 }))
  const loads = unitLoads(slots, 3, counts)
  const each = [0, 1, 2].map((u) => time(u, loads.touched[u]!, loads.choices[u]!))
  assert.strictEqual(layerTimePs(time, loads), Math.max(...each))
  assert.isAbove(Math.min(...each), 0)
})

it("gives balance as mean over greatest, of units that live", () => {
  assert.closeTo(balancedness([37, 70, 30]), 137 / 3 / 70, 1e-12)
  assert.strictEqual(balancedness([0, 0]), 1)
  assert.strictEqual(balancedness([4, 0, 4], 2), 1)
})
