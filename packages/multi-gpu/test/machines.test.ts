import { assert, it } from "@effect/vitest"
import {
  barrierEngine,
  clearWork,
  fabricOf,
  load,
  loadMachine,
  makeWork,
  pushTask,
  summariseMachine,
  unitTime
} from "@moira/hardware"
import bottleneck from "@moira/hardware/networks/bottleneck"
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
  assert.deepStrictEqual(sizes(1), [1, 1])
  for (const units of [0, -1, 12, 2.5, Number.NaN]) assert.isUndefined(sizes(units), `${units}`)
  assert.deepStrictEqual(withUnits(dgx, 32), machines["dgx-h100x4"])
})

it.effect("one GPU exchanges nothing, and computes as each of many does", () =>
  Effect.gen(function* () {
    const { machine } = yield* load(multiGpu, withUnits(dgx, 1)!, "one")
    const fabric = fabricOf(machine)
    assert.deepStrictEqual([fabric.units, fabric.servers], [1, 1])
    const { dispatchPs, combinePs } = machine.exchange!(fabric)
    assert.deepStrictEqual([dispatchPs([64], 1e6), combinePs([64], 1e6)], [0, 0])
    const two = (yield* load(multiGpu, withUnits(dgx, 2)!, "two")).machine
    assert.deepStrictEqual(machine.nodes[0]!.compute, two.nodes[0]!.compute)
  })
)

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

it.effect(
  "a machine names its kernels, and refuses those that its GPUs lack or that nobody measured, with the nearest",
  () =>
    Effect.gen(function* () {
      const kernelsOf = Effect.fnUntraced(function* (change: Partial<ClusterSpec>) {
        const hardware = yield* load(multiGpu, { ...dgx, ...change })
        return summariseMachine(hardware, fabricOf(hardware.machine)).kernels
      })
      assert.deepStrictEqual(yield* kernelsOf({}), ["cutlass-bf16", "cutlass-fp8"])
      assert.deepStrictEqual(yield* kernelsOf({ dtype: "fp8_block", engine: "sglang" }), ["deepgemm-masked"])
      const named = { dtype: "fp8_block", kernels: "cutlass-fp8-block", engine: "sglang" } as const
      assert.deepStrictEqual(yield* kernelsOf(named), ["cutlass-fp8-block"])
      const refusals: ReadonlyArray<readonly [Partial<ClusterSpec>, RegExp]> = [
        [{ dtype: "nvfp4" }, /no arithmetic for nvfp4.*nearest: dtype fp8 \(cutlass-fp8: median error .* %/],
        [{ dtype: "mxfp4" }, /measured in "mxfp4".*nearest: dtype fp8/],
        [{ dtype: "fp8", kernels: "deepgemm-masked" }, /compute in fp8_block/],
        [{ kernels: "deepgemm-masked" }, /without a dtype/]
      ]
      for (const [change, words] of refusals) {
        const { message } = yield* Effect.flip(load(multiGpu, { ...dgx, ...change }))
        assert.match(message, words)
        assert.notInclude(message, "\n")
      }
      const { fp8FlopsPerSec: _none, ...old } = dgx
      const { message } = yield* Effect.flip(load(multiGpu, { ...old, dtype: "fp8_block", engine: "vllm" }))
      assert.match(message, /no arithmetic for fp8_block.*bfloat16 \(cutlass-bf16/)
    })
)

it.effect("a skewed step takes what its own experts take, not what their sum would", () =>
  Effect.gen(function* () {
    const { machine } = yield* load(multiGpu, { ...dgx, gpusPerServer: 2, dtype: "fp8" })
    const engine = barrierEngine(fabricOf(machine), bottleneck)
    const [hidden, ffn] = [7168, 2048]
    const shape = { units: 2, experts: 64, weightBytes: 3 * hidden * ffn, flopPerToken: 6 * hidden * ffn }
    const work = makeWork({ ...shape, dispatchBytesPerToken: hidden, combineBytesPerToken: 2 * hidden })
    const stepOf = (tokens: (e: number) => number) => {
      clearWork(work)
      for (let e = 0; e < 32; e++) pushTask(work, e, 0, 0, tokens(e))
      return engine.step(work)
    }
    const even = stepOf(() => 256)
    const skewed = stepOf((e) => (e === 0 ? 256 * 32 - 31 * 8 : 8))
    assert.isAbove(skewed, 1.05 * even, "31 cold experts are read, the hot one computes")
  })
)
