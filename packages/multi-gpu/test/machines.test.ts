import { assert, it } from "@effect/vitest"
import { fabricOf, load, loadMachine, unitTime } from "@moira/hardware"
import { type ClusterSpec } from "../src/spec.ts"
import { machines, withUnits } from "../src/machines.ts"
import { multiGpu } from "../src/backend.ts"
import { Effect } from "effect"

const dgx = machines["dgx-h100"]!

it("so many GPUs: whole servers, or one smaller server", () => {
  const sizes = (units: number) => {
    const spec = withUnits(dgx, units)
    return spec === undefined ? undefined : [spec.servers, spec.gpusPerServer]
  }
  assert.deepStrictEqual(sizes(32), [4, 8])
  assert.deepStrictEqual(sizes(8), [1, 8])
  assert.deepStrictEqual(sizes(4), [1, 4])
  for (const units of [0, 1, 12, 2.5, Number.NaN]) assert.isUndefined(sizes(units), `${units}`)
  assert.deepStrictEqual(withUnits(dgx, 32), machines["dgx-h100x4"])
})

it.effect("routes stay inside a server over NVLink, and cross the network between servers", () =>
  Effect.gen(function* () {
    const { machine } = yield* loadMachine(multiGpu, "dgx-h100x2")
    const fabric = fabricOf(machine)
    assert.deepStrictEqual(
      [...fabric.serverOf],
      Array.from({ length: 16 }, (_, u) => (u < 8 ? 0 : 1))
    )
    const over = (from: number, to: number) => machine.nodes[machine.links[machine.route(from, to)[0]!]!.to]!.name
    assert.strictEqual(over(0, 7), "nvswitch[0]")
    assert.strictEqual(over(9, 8), "nvswitch[1]")
    assert.strictEqual(over(0, 8), "network")
    assert.isBelow(fabric.routeBytesPerSec[8]!, fabric.routeBytesPerSec[7]!)
  })
)

it.effect("experts are computed in the data type asked for, or in that of the model's weights", () =>
  Effect.gen(function* () {
    const timeOf = Effect.fnUntraced(function* (change: Partial<ClusterSpec>, bytesPerWeight: number) {
      const { machine } = yield* load(multiGpu, { ...dgx, ...change })
      return unitTime(fabricOf(machine), { hidden: 7168, expertFfn: 2048, bytesPerWeight })(0, 32, 32_768)
    })
    const [wide, narrow] = [yield* timeOf({}, 2), yield* timeOf({}, 1)]
    assert.isAbove(wide, narrow)
    assert.strictEqual(yield* timeOf({ dtype: "bfloat16" }, 2), wide)
    assert.strictEqual(yield* timeOf({ dtype: "fp8" }, 1), narrow)
    assert.isAbove(yield* timeOf({ dtype: "fp8_block" }, 1), narrow, "block scales cost arithmetic")
  })
)
