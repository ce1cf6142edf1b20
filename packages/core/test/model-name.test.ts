import { assert, it } from "@effect/vitest"
import { catalogue, findModel } from "../src/catalogue.ts"
import { isVariantOf } from "../src/model-name.ts"

const names: ReadonlyArray<readonly [name: string, id: string | undefined]> = [
  ["deepseek-ai/DeepSeek-V3-0324", "deepseek-v3"],
  ["deepseek-ai/DeepSeek-R1-0528", "deepseek-v3"],
  ["deepseek-ai/DeepSeek-V3.1-Base", "deepseek-v3"],
  ["deepseek-ai/DeepSeek-V3.2", "deepseek-v3"],
  ["unsloth/DeepSeek-R1-GGUF", "deepseek-v3"],
  ["/models/DeepSeek-V3/", "deepseek-v3"],
  ["models--deepseek-ai--DeepSeek-V3", "deepseek-v3"],
  [`/root/.cache/huggingface/hub/models--deepseek-ai--DeepSeek-V3/snapshots/${"0123456789".repeat(4)}`, "deepseek-v3"],
  ["/data/snapshots/DeepSeek-V3", "deepseek-v3"],
  ["moonshotai/Kimi-K2-Thinking", "kimi-k2"],
  ["moonshotai/Kimi-K2-Instruct-0905", "kimi-k2"],
  ["nvidia/Kimi-K2.6-NVFP4", "kimi-k2.5"],
  ["Qwen/Qwen3-30B-A3B-Instruct-2507", "qwen3-30b"],
  ["Qwen/Qwen3-30B-A3B-Thinking-2507-FP8", "qwen3-30b"],
  ["someone/Qwen3-30B-A3B-Q4_K_M.gguf", "qwen3-30b"],
  ["TheBloke/Mixtral-8x7B-Instruct-v0.1-AWQ", "mixtral-8x7b"],
  ["RedHatAI/Llama-4-Maverick-17B-128E-Instruct-quantized.w4a16", "llama4-maverick"],
  ["zai-org/GLM-4.5-Air-FP8", "glm-4.5-air"],
  ["zai-org/GLM-4.5-FP8", "glm-4.5"],
  ["microsoft/Phi-3.5-MoE-instruct", "phi-3.5-moe"],
  ["openai/gpt-oss-20b-BF16", "gpt-oss-20b"],
  // Models of other shapes, however near their names.
  ["deepseek-ai/DeepSeek-R1-Distill-Llama-70B", undefined],
  ["deepseek-v3-20layer", undefined],
  ["deepseek-ai/DeepSeek-V3.9", undefined],
  ["deepseek", undefined],
  ["Qwen/Qwen3-32B", undefined],
  ["zai-org/GLM-4-9B", undefined],
  ["moonshotai/Kimi-Linear-48B-A3B-Instruct", undefined],
  ["acme/moe-24x32", undefined],
  ["instruct", undefined],
  ["", undefined]
]

it.each(names)("%s is %s", (name, id) => {
  assert.strictEqual(findModel(name)?.id, id)
})

it("endings of tuning and storage lead from every alias to its model", () => {
  for (const model of catalogue)
    for (const alias of model.aliases)
      for (const ending of ["-FP8", "-AWQ", "-Instruct", "-GPTQ-Int4", "-2507"])
        assert.strictEqual(findModel(alias + ending), model, alias + ending)
})

it("a variant has the model's name in its own and no other size", () => {
  assert.isTrue(isVariantOf("deepseek-ai/DeepSeek-V3.9", "deepseek-v3"))
  assert.isTrue(isVariantOf("NousResearch/Nous-Hermes-2-Mixtral-8x7B-DPO", "mixtral-8x7b"))
  for (const other of ["deepseek-v3-20layer", "DeepSeek-V3-Lite", "DeepSeek-R1-Distill-Qwen-32B", "acme/deepseek-v30"])
    for (const known of ["deepseek-v3", "deepseek-r1"]) assert.isFalse(isVariantOf(other, known), other)
  assert.isFalse(isVariantOf("acme/moe-24x32", "gpt-oss-20b"))
})
