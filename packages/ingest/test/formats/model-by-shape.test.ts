import { assert, it } from "@effect/vitest"
import { nodePlugins } from "@moira/core/node"
import { Effect, Stream } from "effect"
import { type FixtureFiles, fixtureFolder } from "../../src/testing.ts"
import type { TraceSource } from "../../src/source.ts"
import gptOss from "../../src/formats/gpt-oss/index.ts"
import llamaCpp from "../../src/formats/llama-cpp/index.ts"
import megatronRouter from "../../src/formats/megatron-router/index.ts"
import moeBalance from "../../src/formats/moe-balance/index.ts"
import sglangHttp from "../../src/formats/sglang-http/index.ts"
import trtllmRaw from "../../src/formats/trtllm-raw/index.ts"
import vllm from "../../src/formats/vllm/index.ts"
import { detectFormat } from "../../src/detect.ts"
import { base64, elements, npy, safetensors, zip } from "./arrays.ts"

/** Ids `0, 1, ..., k - 1` in every row. */
const ids = (rows: number, topK: number) => Array.from({ length: rows * topK }, (_, i) => i % topK)
const row = (topK: number) => ids(1, topK)
const layers = (count: number) => Array.from({ length: count }, (_, layer) => layer)

interface Shape {
  readonly source: TraceSource
  readonly files: FixtureFiles
  readonly model: string
}

const lists = (layerCount: number, topK: number, more: object = {}, dense = 0) =>
  JSON.stringify({
    ...more,
    choices: [
      { routed_experts: [layers(layerCount).map((layer) => (layer < dense ? Array(topK).fill(0) : row(topK)))] }
    ]
  })

/** A response of `tokens` tokens that choose among `experts` experts in turn. */
const spread = (layerCount: number, topK: number, experts: number, more: object = {}, tokens = 8) =>
  JSON.stringify({
    ...more,
    choices: [
      {
        routed_experts: Array.from({ length: tokens }, (_, t) =>
          layers(layerCount).map((layer) => row(topK).map((k) => (7 * t + 3 * layer + k) % experts))
        )
      }
    ]
  })

const sglang = (count: number) =>
  JSON.stringify({
    meta_info: { prompt_tokens: 1, completion_tokens: 1, routed_experts: base64(elements("<i4", ids(count / 8, 8))) }
  })

/** Shapes that one model of the catalogue has, in each format. */
const single: ReadonlyArray<Shape> = [
  { source: vllm, files: { "r.json": spread(32, 2, 8) }, model: "mixtral-8x7b" },
  { source: vllm, files: { "r.json": lists(60, 8) }, model: "kimi-k2" },
  { source: vllm, files: { "r.json": lists(61, 8, { model: "deepseek-ai/DeepSeek-V3" }, 3) }, model: "deepseek-v3" },
  {
    source: vllm,
    files: {
      "r.json": '{"input_token_count": 1, "output_token_count": 1}',
      "r.npy": npy("|u1", [1, 36, 4], ids(36, 4))
    },
    model: "gpt-oss-120b"
  },
  { source: sglangHttp, files: { "r.json": sglang(94 * 8) }, model: "qwen3-235b" },
  {
    source: trtllmRaw,
    files: {
      "meta_info.json": '{"num_experts": 128, "num_experts_per_token": 8}',
      "rank0_raw.safetensors": safetensors(
        layers(48).map((layer) => ({ name: `0_${layer}`, dtype: "I32", type: "<i4", shape: [1, 8], values: row(8) }))
      )
    },
    model: "qwen3-30b"
  },
  {
    source: megatronRouter,
    files: {
      "router_trace_rank0.jsonl": layers(26)
        .map(
          (layer) => `${JSON.stringify({ rank: 0, step: 1, layer: layer + 2, num_tokens: 1, top_indices: [row(6)] })}\n`
        )
        .join("")
    },
    model: "deepseek-v2-lite"
  },
  {
    source: gptOss,
    files: {
      "f.json": JSON.stringify({
        router_data: [
          { token_5: Object.fromEntries(layers(24).map((layer) => [`layer_${layer}`, { selected_experts: row(4) }])) }
        ]
      })
    },
    model: "gpt-oss-20b"
  },
  {
    source: moeBalance,
    files: {
      "r.npz": zip([
        { name: "prompt_token_ids.npy", bytes: npy("<i8", [1], [1]) },
        { name: "output_token_ids.npy", bytes: npy("<i8", [0], []) },
        { name: "routed_experts.npy", bytes: npy("<i2", [1, 58, 8], ids(58, 8)) }
      ])
    },
    model: "deepseek-v3"
  },
  {
    source: llamaCpp,
    files: {
      "t.csv": layers(36)
        .flatMap((layer) => row(4).map((id) => `${layer},${id}\n`))
        .join("")
    },
    model: "gpt-oss-120b"
  }
]

for (const { source, files, model } of single) {
  it.effect(`${source.id}: the shape, or the name in the file, is of ${model} alone`, () =>
    Effect.gen(function* () {
      const folder = yield* fixtureFolder(files)
      const { plugin } = yield* detectFormat(folder)
      assert.strictEqual(plugin.id, source.id)
      const read = yield* source.read([folder], {})
      assert.strictEqual(read.model.id, model)
      assert.strictEqual((yield* Stream.runCollect(read.requests)).length, 1)
    }).pipe(Effect.provide(nodePlugins))
  )
}

it.effect("a shape that two models have asks for --model", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({ "vllm/r.json": lists(61, 8, {}, 1), "sglang/r.json": sglang(61 * 8) })
    for (const [name, source] of [
      ["vllm", vllm],
      ["sglang", sglangHttp]
    ] as const) {
      const error = yield* Effect.flip(source.read([`${folder}/${name}`], {}))
      assert.strictEqual(error.reason, "UnknownModel")
      assert.include(error.what, "deepseek-v3, kimi-k2 and kimi-k2.5 all have")
      assert.include(error.hint, "--model")
      const read = yield* source.read([`${folder}/${name}`], { model: "kimi-k2" })
      assert.strictEqual(read.model.id, "kimi-k2")
    }
  })
)

const vllmModel = Effect.fnUntraced(function* (text: string) {
  return yield* vllm.read([yield* fixtureFolder({ "r.json": text })], {})
})

it.effect("many ids tell models of the same layers and top-k apart, few do not", () =>
  Effect.gen(function* () {
    assert.strictEqual((yield* vllmModel(spread(32, 2, 16))).model.id, "phi-3.5-moe")
    assert.strictEqual((yield* vllmModel(spread(61, 8, 384, {}, 40))).model.id, "kimi-k2")
    const few = yield* Effect.flip(vllmModel(lists(32, 2)))
    assert.include(few.what, "mixtral-8x7b and phi-3.5-moe all have 32 layers, top-2")
  })
)

it.effect("a shape alone is said, with the models that share it", () =>
  Effect.gen(function* () {
    const { notes } = yield* vllmModel(lists(60, 8))
    assert.include(
      notes?.[0],
      "no model is named: taken for kimi-k2 by its shape (60 layers, top-8), which kimi-k2.5 shares"
    )
  })
)

it.effect("a name that the catalogue does not know is never passed over", () =>
  Effect.gen(function* () {
    const other = yield* Effect.flip(vllmModel(lists(24, 4, { model: "acme/moe-24x32" })))
    assert.strictEqual(other.reason, "UnknownModel")
    assert.include(
      other.what,
      '"acme/moe-24x32", which is not in the catalogue; gpt-oss-20b has 24 layers, top-4 as the file has'
    )
    assert.include(other.hint, "--model gpt-oss-20b")
    const none = yield* Effect.flip(vllmModel(lists(5, 3, { model: "acme/\u001b[31mred" })))
    assert.include(none.what, "no model there has 5 layers, top-3")
    assert.notInclude(none.message, "\u001b")
    const variant = yield* vllmModel(lists(24, 4, { model: "acme/gpt-oss-20b-medical" }))
    assert.strictEqual(variant.model.id, "gpt-oss-20b")
    assert.include(variant.notes?.[0], 'the file says "acme/gpt-oss-20b-medical"')
  })
)

it.effect("a known name that the shape contradicts is an error that tells both", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(vllmModel(lists(24, 4, { model: "deepseek-ai/DeepSeek-V3" })))
    assert.strictEqual(error.reason, "WrongShape")
    assert.include(
      error.what,
      '"deepseek-ai/DeepSeek-V3", but has 24 layers, top-4 where deepseek-v3 has 58 MoE layers'
    )
    assert.include(error.hint, "gpt-oss-20b would fit")
  })
)

it.effect("weights that a name says to be stored otherwise are told", () =>
  Effect.gen(function* () {
    const { notes } = yield* vllmModel(lists(48, 8, { model: "someone/Qwen3-30B-A3B-AWQ" }))
    assert.include(notes?.[0], "its weights are counted as those of qwen3-30b, 2 bytes each")
    const same = yield* vllmModel(lists(48, 8, { model: "Qwen/Qwen3-30B-A3B-Instruct-2507" }))
    assert.notInclude(same.notes?.join() ?? "", "weights")
  })
)

it.effect("a name that shares another's entry is told", () =>
  Effect.gen(function* () {
    const { model, notes } = yield* vllmModel(lists(61, 8, { model: "deepseek-ai/DeepSeek-V3.2" }, 3))
    assert.strictEqual(model.id, "deepseek-v3")
    assert.include(notes?.[0], '"deepseek-ai/DeepSeek-V3.2", whose facts are those of deepseek-v3')
    const own = yield* vllmModel(lists(61, 8, { model: "deepseek-ai/DeepSeek-V3-0324" }, 3))
    assert.notInclude(own.notes?.join() ?? "", "whose facts")
  })
)
