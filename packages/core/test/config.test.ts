/** Published configurations: the catalogue's facts against them, and what is said of those that do not suffice. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { findModel } from "../src/catalogue.ts"
import { looksLikeConfig, readConfig } from "../src/config/read-config.ts"
import type { Config } from "../src/config/lookup.ts"
import { Model } from "../src/model.ts"
import { moeLayers } from "../src/moe-layers.ts"
import { readModel, resolveModel } from "../src/node/model-file.ts"
import { makeModel } from "../src/testing/test-model.ts"
import { temporaryDirectory } from "../src/testing/scratch.ts"
import { configs, otherConfigs } from "./configs.ts"

/** Facts that a configuration has, in a form in which equal ones are equal. */
const factsOf = (model: Model) => ({
  layers: model.layers,
  moeLayers: moeLayers(model),
  experts: model.experts,
  zeroExperts: model.zeroExperts,
  topK: model.topK,
  hidden: model.hidden,
  routedHidden: model.routedHidden,
  expertFfn: model.expertFfn,
  sharedExperts: model.sharedExperts,
  sharedFfn: model.sharedFfn,
  matrices: model.matrices,
  routing: model.routing
})

const reading = (config: object, name = "acme/made-up") => readConfig(config as Config, name)

const modelOf = (config: object): Model => {
  const read = reading(config)
  if ("faults" in read) throw new Error(read.faults.join("; "))
  return Result.getOrThrow(Schema.decodeUnknownResult(Model)(read.model, { onExcessProperty: "error" }))
}

const faultsOf = (config: object): ReadonlyArray<string> => {
  const read = reading(config)
  return "faults" in read ? read.faults : []
}

describe("the catalogue has the facts of the configuration", () => {
  it.each(Object.entries(configs))("%s", (id, config) => {
    const known = findModel(id)!
    const read = modelOf(config)
    assert.deepStrictEqual(factsOf(read), factsOf(known))
    if (known.weightFormat !== undefined) assert.strictEqual(read.weightFormat, known.weightFormat)
    else assert.closeTo(read.servingBytesPerWeight / known.servingBytesPerWeight, 1, 3e-4)
  })
})

/** A configuration of no family, with all that is needed and no more. */
const plain = {
  num_hidden_layers: 12,
  hidden_size: 256,
  intermediate_size: 512,
  num_experts: 16,
  num_experts_per_tok: 2
}
const layersOf = (fields: object) => moeLayers(modelOf({ ...plain, moe_intermediate_size: 64, ...fields }))
const all = Array.from({ length: 12 }, (_, layer) => layer)

describe("layers with experts", () => {
  const rules: ReadonlyArray<readonly [fields: object, layers: ReadonlyArray<number>]> = [
    [{}, all],
    [{ first_k_dense_replace: 2 }, all.slice(2)],
    [{ first_k_dense_replace: 1, moe_layer_freq: 2 }, [2, 4, 6, 8, 10]],
    [{ num_dense_layers: 3 }, all.slice(3)],
    [{ moe_layer_num_skipped: 1 }, all.slice(1)],
    [{ decoder_sparse_step: 2 }, [1, 3, 5, 7, 9, 11]],
    [{ decoder_sparse_step: 2, mlp_only_layers: [3, 4, 11] }, [1, 5, 7, 9]],
    [{ interleave_moe_layer_step: 4 }, [3, 7, 11]],
    [{ interleave_moe_layer_step: 4, moe_layers: [0, 5] }, [0, 5]],
    [{ expert_layer_period: 3, expert_layer_offset: 1 }, [1, 4, 7, 10]],
    [{ moe_layer_start_index: 2, moe_layer_end_index: 9, moe_layer_interval: 2 }, [3, 5, 7, 9]],
    [{ moe_layer_start_index: [1, 1], moe_layer_end_index: [-1, -1] }, all.slice(1)],
    [{ moe_layers_enum: "2,3,7" }, [2, 3, 7]],
    [{ hybrid_override_pattern: "MEM*EMEMEM*E" }, [1, 4, 6, 8, 11]],
    [{ mlp_layer_types: all.map((layer) => (layer % 5 === 4 ? "sparse" : "dense")) }, [4, 9]],
    [{ n_dense_layers: 3 }, all.slice(3)],
    [{ moe_layer_layout: all.map((layer) => (layer > 9 ? 1 : 0)) }, [10, 11]],
    [{ moe_layer_use_bias: true, dense_attention_every_n_layers: 2 }, all],
    [{ moe_layer_freq: all.map((layer) => (layer === 6 ? 1 : 0)) }, [6]],
    [
      { layers_block_type: all.map((layer) => (layer === 0 ? "mamba" : "moe")), num_hidden_layers: undefined },
      all.slice(1)
    ]
  ]
  it.each(rules)("%j", (fields, layers) => {
    assert.deepStrictEqual(layersOf(JSON.parse(JSON.stringify(fields))), layers)
  })

  it("that are not understood or do not exist are faults", () => {
    const fault = (fields: object) => faultsOf({ ...plain, moe_intermediate_size: 64, ...fields }).join("; ")
    assert.include(fault({ hybrid_override_pattern: "MEM" }), "marks 3 layers, the model has 12")
    assert.include(fault({ moe_layers: [3, 12] }), "layer 12")
    assert.include(fault({ moe_layer_freq: "([0]*3+[1]*9)" }), "moe_layer_freq")
    for (const field of ["dense_layers", "moe_layer_ids", "layers_with_experts"])
      assert.include(fault({ [field]: [0, 5] }), `${field} is [0,5], which is not understood`)
    assert.include(fault({ first_k_dense_replace: 12 }), "no layer has experts by first_k_dense_replace 12")
    assert.include(
      fault({ moe_layer_freq: Array.from({ length: 12 }, () => 0) }),
      "no layer has experts by moe_layer_freq"
    )
    assert.include(fault({ num_hidden_layers: 1e9 }), "1000000000")
  })
})

describe("number formats", () => {
  const formats: ReadonlyArray<readonly [fields: object, format: string]> = [
    [{}, "bf16"],
    [{ torch_dtype: "float16" }, "fp16"],
    [{ dtype: "torch.bfloat16" }, "bf16"],
    [{ quantization_config: { quant_method: "fp8", activation_scheme: "dynamic" } }, "fp8"],
    [{ quantization_config: { quant_method: "fp8", weight_block_size: [128, 128] } }, "fp8-block128"],
    [{ quantization_config: { quant_method: "mxfp4" } }, "mxfp4"],
    [{ quantization_config: { quant_method: "awq", bits: 4, group_size: 128, zero_point: true } }, "int4-g128-zp"],
    [{ quantization_config: { quant_method: "gptq", bits: 4, group_size: 128, sym: true } }, "int4-g128"],
    [{ quantization_config: { quant_method: "gptq", bits: 8, group_size: 128 } }, "int8"],
    [{ quantization_config: { quant_method: "modelopt", quant_algo: "NVFP4" } }, "nvfp4"],
    [
      {
        quantization_config: {
          config_groups: {
            group_0: { targets: ["re:.*self_attn.*"], weights: { num_bits: 8, type: "float" } },
            group_1: { targets: ["re:.*mlp.experts.*"], weights: { num_bits: 4, type: "float", group_size: 16 } }
          }
        }
      },
      "nvfp4"
    ],
    [{ expert_dtype: "fp4", quantization_config: { quant_method: "fp8" } }, "mxfp4"]
  ]
  it.each(formats)("%j", (fields, format) => {
    assert.strictEqual(modelOf({ ...plain, ...fields }).weightFormat, format)
  })

  it("are told where they were assumed", () => {
    const read = reading({ ...plain, torch_dtype: "bfloat16", quantization_config: { quant_method: "vptq" } })
    const weights = "taken" in read ? read.taken.find(({ fact }) => fact === "weightFormat") : undefined
    assert.strictEqual(weights!.assumed, true)
    assert.include(weights!.from, "quantization_config")
  })
})

it("families that the catalogue lacks", () => {
  const qwen = modelOf(otherConfigs.qwen15)
  assert.deepStrictEqual(
    [qwen.experts, qwen.topK, qwen.expertFfn, qwen.sharedExperts, qwen.sharedFfn],
    [60, 4, 1408, 1, 5632]
  )
  const jamba = modelOf(otherConfigs.jamba)
  assert.deepStrictEqual(jamba.moe, { first: 1, last: 31, every: 2 })
  assert.deepStrictEqual([jamba.experts, jamba.topK, jamba.expertFfn], [16, 2, 14_336])
})

it("names of DeepSeek's own code", () => {
  const { layers, expertFfn, topK, routing, ...model } = modelOf({
    dim: 256,
    inter_dim: 900,
    moe_inter_dim: 96,
    n_layers: 10,
    n_dense_layers: 3,
    n_routed_experts: 64,
    n_shared_experts: 1,
    n_activated_experts: 8,
    n_expert_groups: 8,
    n_limited_groups: 4
  })
  assert.deepStrictEqual([layers, model.hidden, model.experts, expertFfn, topK], [10, 256, 64, 96, 8])
  assert.deepStrictEqual(model.moe, { first: 3, last: 9, every: 1 })
  assert.deepStrictEqual(routing, { groups: 8, groupsPerToken: 4 })
})

it("an object of its own for experts, as in params.json", () => {
  const model = modelOf({
    dim: 256,
    n_layers: 10,
    hidden_dim: 1024,
    activation: "silu",
    moe: {
      num_experts: 32,
      num_experts_per_tok: 4,
      expert_hidden_dim: 96,
      first_k_dense_replace: 3,
      num_shared_experts: 1
    }
  })
  assert.deepStrictEqual(factsOf(model).moeLayers, [3, 4, 5, 6, 7, 8, 9])
  assert.deepStrictEqual(
    [model.hidden, model.experts, model.topK, model.expertFfn, model.sharedExperts],
    [256, 32, 4, 96, 1]
  )
})

it("says of each fact where it is from", () => {
  const read = reading(configs["kimi-k2.5"]!)
  const from = new Map("taken" in read ? read.taken.map((each) => [each.fact, each.from]) : [])
  assert.strictEqual(from.get("experts"), "text_config.n_routed_experts")
  assert.strictEqual(from.get("moe"), "text_config.first_k_dense_replace 1, text_config.moe_layer_freq 1")
  assert.strictEqual(from.get("weightFormat"), "text_config.quantization_config")
})

it("names what is missing and where it was looked for, once", () => {
  const faults = faultsOf({ model_type: "someone", num_hidden_layers: 4, num_experts: 8, num_experts_per_tok: 2 })
  assert.strictEqual(faults.length, 2)
  assert.match(faults[0]!, /^hidden is missing: looked for hidden_size, d_model/)
  assert.match(faults[1]!, /^expertFfn is missing: looked for moe_intermediate_size/)
  assert.include(faultsOf({ model_type: "llama", num_hidden_layers: 4, hidden_size: 64 }).join(), "as of a dense model")
})

it("does not take the width of dense layers for that of experts", () => {
  const faults = faultsOf({ ...plain, first_k_dense_replace: 1 })
  assert.deepStrictEqual(faults.length, 1)
  assert.include(faults[0]!, "intermediate_size is that of the dense layers")
})

it("refuses numbers that are none, and lists that differ", () => {
  assert.include(faultsOf({ ...plain, num_experts: "16" }).join(), 'num_experts is "16"')
  assert.include(faultsOf({ ...plain, moe_intermediate_size: [64, 32] }).join(), "differs from layer to layer")
  assert.include(faultsOf({ ...plain, hidden_size: -1 }).join(), "hidden_size is -1")
})

it("tells configurations from model files", () => {
  assert.isFalse(looksLikeConfig(makeModel()))
  assert.isFalse(looksLikeConfig([1, 2]))
  assert.isFalse(looksLikeConfig({ id: "x", experts: 4 }))
  assert.isTrue(looksLikeConfig(plain))
  assert.isTrue(looksLikeConfig({ model_type: "bert" }))
})

const write = Effect.fnUntraced(function* (file: string, config: unknown) {
  const to = path.join(yield* temporaryDirectory, file)
  fs.mkdirSync(path.dirname(to), { recursive: true })
  fs.writeFileSync(to, typeof config === "string" ? config : JSON.stringify(config))
  return to
})

it.effect("a config.json is a model by its path, or its folder's", () =>
  Effect.gen(function* () {
    const file = yield* write("Made-Up-12L/config.json", plain)
    const model = yield* resolveModel(file)
    assert.deepStrictEqual([model.id, model.experts, moeLayers(model).length], ["made-up-12l", 16, 12])
    assert.deepStrictEqual(yield* resolveModel(path.dirname(file)), model)
    assert.isDefined((yield* readModel(file)).taken)
    const cached = yield* write("models--acme--Other/snapshots/0a1b/config.json", plain)
    assert.deepStrictEqual((yield* resolveModel(cached)).aliases, ["acme/Other"])
  })
)

it.effect("numbers that JSON has none for are no obstacle", () =>
  Effect.gen(function* () {
    const text = JSON.stringify({ ...plain, note: "Infinity and NaN" }).replace(
      "{",
      '{"time_step_limit": [0.0, Infinity],'
    )
    assert.strictEqual((yield* resolveModel(yield* write("a/config.json", text))).experts, 16)
    const error = yield* Effect.flip(resolveModel(yield* write("b/config.json", `${text}}`)))
    assert.strictEqual(error.reason, "InvalidModel")
  })
)

it.effect("a number format beside the configuration counts", () =>
  Effect.gen(function* () {
    const file = yield* write("c/config.json", plain)
    fs.writeFileSync(
      path.join(path.dirname(file), "hf_quant_config.json"),
      JSON.stringify({ quantization: { quant_algo: "NVFP4", group_size: 16 } })
    )
    assert.strictEqual((yield* resolveModel(file)).weightFormat, "nvfp4")
  })
)

it.effect("an error of a configuration names the file and the missing facts alone", () =>
  Effect.gen(function* () {
    const file = yield* write("d/config.json", { ...plain, num_experts_per_tok: undefined })
    const error = yield* Effect.flip(resolveModel(file))
    assert.deepStrictEqual([error.reason, error.where], ["InvalidModel", file])
    assert.match(error.what, /^topK is missing: looked for num_experts_per_tok, /)
    const many = yield* Effect.flip(resolveModel(yield* write("e/config.json", { ...plain, num_experts_per_tok: 17 })))
    assert.include(many.what, "topK 17 is more than the 16 experts")
  })
)
