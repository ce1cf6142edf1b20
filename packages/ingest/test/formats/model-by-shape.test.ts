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

const sglang = (count: number) =>
  JSON.stringify({
    meta_info: { prompt_tokens: 1, completion_tokens: 1, routed_experts: base64(elements("<i4", ids(count / 8, 8))) }
  })

/** Shapes that one model of the catalogue has, in each format. */
const single: ReadonlyArray<Shape> = [
  { source: vllm, files: { "r.json": lists(32, 2) }, model: "mixtral-8x7b" },
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
      assert.include(error.what, "deepseek-v3 and kimi-k2 all have")
      assert.include(error.hint, "--model")
      const read = yield* source.read([`${folder}/${name}`], { model: "kimi-k2" })
      assert.strictEqual(read.model.id, "kimi-k2")
    }
  })
)
