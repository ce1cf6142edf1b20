/** `--set` on a machine: numbers, words and lists, and what it leaves to the backend to refuse. */
import { assert, it } from "@effect/vitest"
import { fabricOf, load } from "@moira/hardware"
import contiguous from "@moira/placement/optimizers/contiguous"
import { findModel, moeLayers } from "@moira/core"
import wafer, { dojo, WaferSpec } from "@moira/wafer"
import { Effect } from "effect"
import { changeSpec, specFields } from "../src/machine/spec-changes.ts"

const fields = specFields(WaferSpec)
const change = (...changes: ReadonlyArray<string>) => changeSpec(dojo, changes, fields)

it.effect("sets numbers, nested ones too, words and lists, without touching the rest", () =>
  Effect.gen(function* () {
    const spec = yield* change(
      "linkBytesPerSec=3.4e12",
      "globalCp.basePs=7",
      "routing=yx",
      "deadDies=[[1,2],[3,4]]",
      "deadLinks=[[[0,0],[1,0]]]"
    )
    assert.deepStrictEqual(spec, {
      ...dojo,
      linkBytesPerSec: 3.4e12,
      globalCp: { ...dojo.globalCp, basePs: 7 },
      routing: "yx",
      deadDies: [
        [1, 2],
        [3, 4]
      ],
      deadLinks: [
        [
          [0, 0],
          [1, 0]
        ]
      ]
    })
  })
)

it.effect("places the experts of a dead die on live ones, in order", () =>
  Effect.gen(function* () {
    const built = yield* load(wafer, yield* change("deadDies=[[0,0],[2,2]]"))
    const fabric = fabricOf(built.machine)
    assert.strictEqual(fabric.units, 23)
    const model = findModel("deepseek-v3")!
    const layers = moeLayers(model).slice(0, 2)
    const { physicalToLogical, slotsPerUnit } = yield* contiguous.place({
      fabric,
      layers,
      model,
      expertBytes: 1,
      spareSlots: 0
    })
    for (const slots of physicalToLogical) {
      const homes = [...slots].flatMap((expert, slot) =>
        expert < 0 ? [] : [[expert, Math.floor(slot / slotsPerUnit)] as const]
      )
      assert.strictEqual(homes.length, model.experts)
      for (const [expert, unit] of homes) assert.strictEqual(unit, Math.floor((expert * 23) / model.experts))
    }
  })
)

it.effect("refuses unknown names and numbers that are none, and says what there is", () =>
  Effect.gen(function* () {
    for (const [bad, says] of [
      ["linkBytesPerSecond=1", /the machine has no field linkBytesPerSecond; hint: known are columns, .*deadDies/],
      ["=3", /the machine has no field of that name/],
      ["linkBytesPerSec=wide", /wide is no number/],
      ["linkBytesPerSec=", /nothing is no number/],
      ["globalCp.speed=1", /no field globalCp.speed/]
    ] as const)
      assert.match(String(yield* Effect.flip(change(bad))), says)
    // A backend whose schema names no fields has its numbers only.
    assert.deepStrictEqual(specFields(undefined), [])
    assert.match(String(yield* Effect.flip(changeSpec(dojo, ["routing=yx"]))), /no field routing/)
  })
)
