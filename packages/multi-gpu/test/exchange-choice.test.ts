import { assert, it } from "@effect/vitest"
import { bytesPerWeight } from "@moira/core"
import { fabricOf, load, summariseMachine } from "@moira/hardware"
import { Effect } from "effect"
import { multiGpu } from "../src/backend.ts"
import type { ServingEngine } from "@moira/hardware/calibration"
import { chooseKernels, exchangeKernels, type ExchangeKind } from "../src/exchange/catalogue.ts"
import { lowLatencyTokens, makeExchange } from "../src/exchange/exchange.ts"
import type { Architecture } from "../src/exchange/records.ts"
import { gpus } from "../src/gpus.ts"
import { machines } from "../src/machines.ts"
import { predictLayer } from "../src/prediction/predict.ts"
import { type LayerQuestion, PredictionError } from "../src/prediction/question.ts"

const chosen = (kind: ExchangeKind, architecture: Architecture, servers: number, engine?: ServingEngine) => {
  const found = chooseKernels({ kind, architecture, servers, engine })
  return "few" in found ? `${found.few.id}, ${found.many.id}` : `${found.what}; ${found.hint}`
}

it("kernels by machine and engine, and a refusal that names the nearest", () => {
  const table = [
    [chosen("auto", "hopper", 1), "deepep-low-latency-hopper, deepep-intranode"],
    [chosen("auto", "hopper", 4), "deepep-low-latency-hopper, deepep-internode"],
    [chosen("auto", "blackwell", 1, "trtllm"), "deepep-low-latency-blackwell, deepep-intranode"],
    [chosen("auto", "grace-blackwell", 1), "trtllm-two-sided, trtllm-two-sided"],
    [chosen("auto", "grace-blackwell", 1, "sglang"), "deepep-low-latency-blackwell, deepep-intranode"],
    [chosen("auto", "grace-blackwell", 2), "deepep-low-latency-blackwell, deepep-internode"],
    [chosen("one-sided", "grace-blackwell", 1), "trtllm-one-sided, trtllm-one-sided"]
  ] as const
  for (const [found, expected] of table) assert.strictEqual(found, expected)
  assert.match(
    chosen("one-sided", "hopper", 1),
    /exchange one-sided: .*hopper GPUs in 1 server; the nearest is "normal"/
  )
  assert.match(
    chosen("two-sided", "grace-blackwell", 2),
    /in 2 servers; it needs one NVLink domain: .*72 in a rack.*"normal", the nearest/
  )
  assert.strictEqual(new Set(exchangeKernels.map(({ id }) => id)).size, exchangeKernels.length)
})

const question: LayerQuestion = {
  gpu: "gb200",
  ranks: 64,
  tokens: { perRank: 512 },
  experts: 256,
  topK: 8,
  hidden: 7168,
  expertFfn: 2048,
  dtype: "nvfp4",
  distribution: { kind: "balanced" }
}

it("predictions name their kernel, count notices in the whole, and refuse what a GPU lacks in one line", () => {
  const rack = predictLayer(question)
  assert.strictEqual(rack.exchangeKernel, "trtllm-two-sided")
  assert.isAbove(rack.dispatchNoticePs, 0)
  const { dispatchNoticePs, dispatchPs, expertsPs, combineNoticePs, combinePs } = rack
  assert.strictEqual(rack.totalPs, dispatchNoticePs + dispatchPs + expertsPs + combineNoticePs + combinePs)
  assert.strictEqual(predictLayer({ ...question, exchange: "none" }).exchangeKernel, "none")
  const few = { ...question, gpu: "h100", dtype: "fp8", gpusPerServer: 8, tokens: { perRank: 16 } } as const
  assert.strictEqual(predictLayer(few).exchangeKernel, "deepep-low-latency-hopper")
  const many = predictLayer({ ...few, tokens: { perRank: 4096 } })
  assert.strictEqual(many.exchangeKernel, "deepep-internode")
  assert.isAbove(many.combineNoticePs, 30e6, "told between servers")
  try {
    predictLayer({ ...few, exchange: "two-sided" })
    assert.fail("answered")
  } catch (error) {
    assert.instanceOf(error, PredictionError)
    assert.match(error.message, /exchange two-sided: no such kernel for hopper GPUs in 8 servers/)
    assert.notInclude(error.message, "\n")
  }
})

it("4-bit tokens are counted at 4 bits and scales", () => {
  const out = (dtype: LayerQuestion["dtype"]) =>
    predictLayer({ ...question, dtype, exchange: "one-sided", tokens: { perRank: 32_768 } }).dispatchPs
  assert.approximately(out("bfloat16") / out("nvfp4"), 2 / 0.5625, 0.2)
  assert.approximately(out("fp8") / out("nvfp4"), 1 / 0.5625, 0.1)
})

it("an exchange without a copy takes nothing, and equal ranks take what each of them does", () => {
  for (const kind of ["normal", "low-latency"] as const) {
    const found = chooseKernels({ kind, architecture: "hopper", servers: 2 })
    if ("what" in found) return assert.fail(found.what)
    const serverOf = Uint16Array.from({ length: 16 }, (_, u) => Math.floor(u / 8))
    const exchange = makeExchange({ units: 16, servers: 2, serverOf }, found, gpus.h100)
    assert.strictEqual(exchange.dispatchPs(new Uint32Array(256), 7168), 0)
    assert.strictEqual(exchange.combinePs(new Uint32Array(256), 7168), 0)
    const even = new Uint32Array(256).fill(40)
    const hot = Uint32Array.from(even, (n, pair) => (pair % 16 === 3 ? 3 * n : n))
    const tokens = new Uint32Array(16).fill(300)
    const time = (copies: Uint32Array) => exchange.dispatchPs(copies, 7168, { tokens })
    assert.isAbove(time(hot), time(even), "all wait for the rank that gets most")
    const turned = Uint32Array.from(hot, (_, pair) => hot[((pair / 16) | 0) * 16 + ((pair + 8) % 16)]!)
    assert.strictEqual(time(turned), time(hot), "the same, wherever that rank is")
  }
})

it("auto takes low latency for few tokens and high throughput for many", () => {
  const node = { units: 8, servers: 1, serverOf: new Uint16Array(8) }
  const time = (kind: ExchangeKind, tokens: number) => {
    const found = chooseKernels({ kind, servers: 1 })
    if ("what" in found) return assert.fail(found.what)
    const copies = new Uint32Array(64).fill(tokens)
    return makeExchange(node, found, gpus.h100).dispatchPs(copies, 7168, { tokens: new Uint32Array(8).fill(tokens) })
  }
  assert.strictEqual(time("auto", lowLatencyTokens), time("low-latency", lowLatencyTokens))
  assert.strictEqual(time("auto", lowLatencyTokens + 1), time("normal", lowLatencyTokens + 1))
  assert.isBelow(time("low-latency", 1), time("normal", 1))
  assert.isBelow(time("normal", 4096), time("low-latency", 4096))
})

it.effect("machines name the kernels they run, and refuse those that their GPUs lack", () =>
  Effect.gen(function* () {
    const kernelsOf = Effect.fnUntraced(function* (name: string) {
      const built = yield* load(multiGpu, machines[name]!)
      return built.machine.exchange!(fabricOf(built.machine)).kernels
    })
    assert.deepStrictEqual(yield* kernelsOf("dgx-h100x4"), ["deepep-low-latency-hopper", "deepep-internode"])
    assert.deepStrictEqual(yield* kernelsOf("dgx-b200"), ["deepep-low-latency-blackwell", "deepep-intranode"])
    assert.deepStrictEqual(yield* kernelsOf("gb200-nvl72"), ["trtllm-two-sided"])
    const built = yield* load(multiGpu, { ...machines["gb200-nvl72"]!, exchange: "one-sided" })
    assert.deepStrictEqual(summariseMachine(built, fabricOf(built.machine)).exchange, ["trtllm-one-sided"])
    const refusal = yield* Effect.flip(load(multiGpu, { ...machines["dgx-b200"]!, exchange: "one-sided" }))
    assert.match(refusal.message, /exchange one-sided: no such kernel for blackwell GPUs.*nearest is "normal"/)
  })
)

it.effect("simulated dispatch bytes are those of the kernels: 4 bits and scales, 8 and scales, 16", () =>
  Effect.gen(function* () {
    const bytes = Effect.fnUntraced(function* (name: string, change: object, serving: number) {
      const { machine } = yield* load(multiGpu, { ...machines[name]!, ...change })
      return machine.dispatchBytesPerElement!(serving)
    })
    assert.strictEqual(yield* bytes("gb200-nvl72", { dtype: "nvfp4" }, 1), 0.5625)
    assert.strictEqual(yield* bytes("gb200-nvl72", { dtype: "fp8" }, 2), 1)
    assert.strictEqual(yield* bytes("dgx-h100", {}, 1), 1.03125)
    assert.strictEqual(yield* bytes("dgx-h100", {}, bytesPerWeight("fp8-block128")), 1.03125)
    assert.strictEqual(yield* bytes("dgx-h100", {}, bytesPerWeight("mxfp4")), 2)
    assert.strictEqual(yield* bytes("dgx-h100", {}, 2), 2)
  })
)
