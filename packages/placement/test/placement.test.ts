import { assert, it } from "@effect/vitest"
import { holdersOf, makePlacement, placementFault, samePlacement } from "@moira/hardware"

const shape = { units: 3, experts: 4, layers: [3, 5] }

it("finds holders in ascending order, a unit once", () => {
  const placement = makePlacement(shape, (layer, e) => (layer === 0 && e === 2 ? [0, 2] : [e % 3]))
  assert.strictEqual(placement.slotsPerUnit, 3)
  assert.deepStrictEqual([...placement.physicalToLogical[0]!], [0, 2, 3, 1, -1, -1, 2, -1, -1])
  const { start, unit } = holdersOf(placement, 0)
  assert.deepStrictEqual(
    [[...start], [...unit]],
    [
      [0, 1, 2, 4, 5],
      [0, 1, 0, 2, 0]
    ]
  )
})

it("names what is wrong with a placement", () => {
  const good = makePlacement(shape, (_, e) => [e % 3])
  assert.isUndefined(placementFault(good))
  const [first, second] = good.physicalToLogical
  assert.match(placementFault({ ...good, physicalToLogical: [first!] })!, /1 rows for 2 layers/)
  assert.match(
    placementFault({ ...good, physicalToLogical: [first!, second!.map((e) => (e === 1 ? 0 : e))] })!,
    /expert 1 nowhere/
  )
  assert.match(placementFault({ ...good, physicalToLogical: [first!, second!.with(0, 9)] })!, /names expert 9/)
  assert.match(placementFault({ ...good, slotsPerUnit: 7 })!, /slots/)
})

it("compares what lies in the slots, not what an optimizer says of it", () => {
  const good = makePlacement(shape, (_, e) => [e % 3])
  const [first, second] = good.physicalToLogical
  assert.isTrue(samePlacement(good, { ...good, note: "a proof", physicalToLogical: [first!.slice(), second!] }))
  assert.isFalse(samePlacement(good, { ...good, physicalToLogical: [first!, second!.toReversed()] }))
  assert.isFalse(samePlacement(good, { ...good, physicalToLogical: [first!] }))
  assert.isFalse(samePlacement(good, { ...good, layers: [3, 6] }))
  assert.isFalse(samePlacement(good, { ...good, slotsPerUnit: 3 }))
})
