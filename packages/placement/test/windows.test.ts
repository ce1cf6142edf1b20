/** Groups of requests make a layout that is level in the next window too: experts of one topic come apart. */
import { assert, it } from "@effect/vitest"
import { meshFabric } from "@moira/hardware/testing"
import { findModel, moeLayers, random } from "@moira/core"
import { Effect } from "effect"
import { balancedness, placeChecked, type PlacementInput, unitLoads } from "../src/index.ts"
import moira from "../src/optimizers/moira/index.ts"

const model = findModel("gpt-oss-20b")!
const layers = moeLayers(model).slice(0, 2)
const topics = 8

/** A request of one topic: 3 of 4 selections go to the topic's four experts, the rest anywhere. */
const request = ({ below }: ReturnType<typeof random>) => {
  const topic = below(topics)
  const counts = layers.map(() => new Float64Array(model.experts))
  for (let token = 0; token < 60; token++)
    counts.forEach((row, l) => {
      const e = below(4) === 0 ? below(32) : topic + topics * below(4)
      row[(e + 3 * l) % 32]!++
    })
  return counts
}
const window = (requests: number, draw: ReturnType<typeof random>) =>
  Array.from({ length: requests }, () => request(draw))
const summed = (groups: ReadonlyArray<ReadonlyArray<Float64Array>>) =>
  groups[0]!.map((row, l) => row.map((_, e) => groups.reduce((sum, group) => sum + group[l]![e]!, 0)))

const inputOf = (groups: ReadonlyArray<ReadonlyArray<Float64Array>>, named: boolean): PlacementInput => ({
  model,
  layers,
  fabric: meshFabric(4, 2),
  expertBytes: 1,
  spareSlots: 0,
  counts: summed(groups),
  ...(named ? { groups } : {})
})

it("is more level on windows of the same law that it has not seen, also where the counts alone are level", () => {
  const gains = Array.from({ length: 12 }, (_, seed) => {
    const seen = window(64, random(seed + 1))
    const draw = random(1000 + seed)
    const unseen = Array.from({ length: 20 }, () => summed(window(32, draw)))
    const balanceOf = (named: boolean) => {
      const { physicalToLogical, slotsPerUnit } = Effect.runSync(moira.place(inputOf(seen, named)))
      const all = unseen.flatMap((counts) =>
        physicalToLogical.map((slots, l) => balancedness(unitLoads(slots, slotsPerUnit, counts[l]!).choices))
      )
      return all.reduce((a, b) => a + b, 0) / all.length
    }
    return balanceOf(true) - balanceOf(false)
  })
  const mean = gains.reduce((a, b) => a + b, 0) / gains.length
  assert.isAbove(mean, 0.02, gains.join(" "))
})

it("is the same each time, holds every expert, and is what counts give where groups are fewer than eight", () => {
  const seen = window(40, random(7))
  const once = Effect.runSync(moira.place(inputOf(seen, true)))
  assert.deepStrictEqual(Effect.runSync(moira.place(inputOf(seen, true))), once)
  for (const slots of once.physicalToLogical) assert.strictEqual(new Set(slots).size, model.experts)
  const few = seen.slice(0, 7)
  assert.deepStrictEqual(
    Effect.runSync(moira.place(inputOf(few, true))),
    Effect.runSync(moira.place(inputOf(few, false)))
  )
})

it("refuses groups of another shape, and takes windows without any selection", () => {
  const seen = window(10, random(8))
  const short = seen.map((group, g) => (g === 3 ? group.slice(1) : group))
  const error = Effect.runSync(Effect.flip(placeChecked(moira, { ...inputOf(seen, true), groups: short })))
  assert.match(error.message, /counts of group 3/)
  const silent = seen.map((group, g) => (g === 0 ? group : group.map((row) => row.map(() => 0))))
  const placed = Effect.runSync(placeChecked(moira, inputOf(silent, true)))
  assert.strictEqual(placed.physicalToLogical.length, layers.length)
})
