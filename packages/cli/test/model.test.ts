/** `moira model`, and configurations of published models wherever a model is asked for. */
import { assert, it } from "@effect/vitest"
import { catalogue } from "@moira/core"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll } from "vitest"
import { moira, removeScratch, scratch } from "./moira.ts"

afterAll(removeScratch)

const config = {
  architectures: ["SomebodyForConditionalGeneration"],
  model_type: "somebody",
  vision_config: { num_hidden_layers: 3, hidden_size: 64 },
  text_config: {
    num_hidden_layers: 6,
    first_k_dense_replace: 1,
    moe_layer_freq: 2,
    n_routed_experts: 12,
    zero_expert_num: 4,
    num_experts_per_tok: 3,
    hidden_size: 128,
    moe_latent_size: 32,
    moe_intermediate_size: 48,
    mlp_hidden_act: "relu2",
    torch_dtype: "bfloat16"
  }
}

const written = (folder: string, content: unknown): string => {
  const file = path.join(scratch, folder, "config.json")
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, JSON.stringify(content))
  return file
}

it("says what is known of a model of the catalogue, and what was not confirmed", async () => {
  const { code, stdout } = await moira("model", "deepseek-ai/DeepSeek-V3-0324")
  assert.strictEqual(code, 0)
  assert.match(stdout, /DeepSeek-V3 \/ R1 671B \(deepseek-v3\)/)
  assert.match(stdout, /58 of 61: 3 to 60/)
  assert.match(stdout, /groups +a token picks from 4 of 8/)
  assert.match(stdout, /44,040,192 parameters/)
  assert.match((await moira("model", "dbrx")).stdout, /confirmed {4}no/)
  assert.match((await moira("model", "longcat-flash")).stdout, /zero experts 256/)
})

it("lists all models without a name", async () => {
  const { stdout } = await moira("model")
  for (const { id } of catalogue) assert.include(stdout, id)
  const { schema, models } = JSON.parse((await moira("model", "--json")).stdout)
  assert.deepStrictEqual([schema, models.length], ["moira-models/1", catalogue.length])
})

it("reads a configuration, says field by field where facts are from, and writes a model file", async () => {
  const file = written("Somebody-6L", config)
  const out = path.join(scratch, "model.json")
  const { stdout, code } = await moira("model", file, "--out", out)
  assert.strictEqual(code, 0)
  assert.match(stdout, /MoE layers {3}2 of 6: 2 to 4, every 2/)
  assert.match(stdout, /2 matrices of 32 x 48: 3,072 parameters/)
  assert.match(stdout, /experts +12 +text_config\.n_routed_experts/)
  const told = JSON.parse((await moira("model", file, "--json")).stdout)
  assert.deepStrictEqual([told.expertBytes, told.moeLayers, told.confirmed], [6144, [2, 4], true])
  // The file that was written is the same model.
  const again = JSON.parse((await moira("model", out, "--json")).stdout)
  assert.deepStrictEqual(again.model, told.model)
})

it("a configuration that lacks facts is refused by the facts that it lacks", async () => {
  const { num_experts_per_tok: _, ...text } = config.text_config
  const { code, stderr } = await moira("model", written("Lacking", { ...config, text_config: text }))
  assert.strictEqual(code, 1)
  assert.match(stderr, /config\.json: topK is missing: looked for num_experts_per_tok, /)
  assert.notInclude(stderr, "hidden is missing")
  assert.match((await moira("model", "nobody")).stderr, /unknown model; hint: known are /)
})

it("a configuration is a model for every command that takes one", async () => {
  const file = written("Somebody-6L", config)
  const store = path.join(scratch, "trace.moira")
  const lengths = ["--requests", "6", "--prefill", "4", "--decode", "6"]
  assert.strictEqual((await moira("synth", "--model", file, ...lengths, "--out", store)).code, 0)
  const info = JSON.parse((await moira("info", store, "--json")).stdout)
  assert.deepStrictEqual([info.model, info.layers, info.experts, info.zeroExperts], ["somebody-6l", [2, 4], 12, 4])
  assert.closeTo(info.expertsPerToken, 3 * (1 - info.zeroShare), 1e-9)
  assert.isTrue(info.zeroShare > 0 && info.zeroShare < 1)
})
