/** The models that Moira knows. Facts come from the published config.json unless `source` says otherwise. */
import type { Model } from "./model.ts"

const every = (first: number, last: number, step = 1) => ({ first, last, every: step })

export const catalogue: ReadonlyArray<Model> = [
  {
    id: "deepseek-v3",
    title: "DeepSeek-V3 / R1 671B",
    aliases: ["deepseek-r1", "deepseek-671b", "cognitivecomputations/DeepSeek-R1-AWQ", "deepseek-ai/DeepSeek-V3"],
    layers: 61,
    moe: every(3, 60),
    experts: 256,
    sharedExperts: 1,
    topK: 8,
    hidden: 7168,
    expertFfn: 2048,
    routing: { groups: 8, groupsPerToken: 4 },
    servingBytesPerWeight: 1,
    source: "config.json of deepseek-ai/DeepSeek-V3; served in fp8"
  },
  {
    id: "qwen3-235b",
    title: "Qwen3-235B-A22B",
    aliases: ["Qwen/Qwen3-235B-A22B-FP8", "Qwen/Qwen3-235B-A22B", "qwen3-235b-a22b"],
    layers: 94,
    moe: every(0, 93),
    experts: 128,
    sharedExperts: 0,
    topK: 8,
    hidden: 4096,
    expertFfn: 1536,
    servingBytesPerWeight: 1,
    source: "config.json of Qwen/Qwen3-235B-A22B; served in fp8"
  },
  {
    id: "llama4-maverick",
    title: "Llama-4-Maverick 402B",
    aliases: ["llama4", "llama-4-maverick", "meta-llama/Llama-4-Maverick-17B-128E-Instruct"],
    layers: 48,
    moe: every(1, 47, 2),
    experts: 128,
    sharedExperts: 1,
    topK: 1,
    hidden: 5120,
    expertFfn: 8192,
    servingBytesPerWeight: 2,
    source: "config.json of meta-llama/Llama-4-Maverick-17B-128E-Instruct; served in bf16"
  },
  {
    id: "kimi-k2",
    title: "Kimi K2 1T",
    aliases: ["moonshotai/Kimi-K2-Instruct"],
    layers: 61,
    moe: every(1, 60),
    experts: 384,
    sharedExperts: 1,
    topK: 8,
    hidden: 7168,
    expertFfn: 2048,
    servingBytesPerWeight: 1,
    source: "config.json of moonshotai/Kimi-K2-Instruct (one routing group); served in fp8"
  },
  {
    id: "mixtral-8x7b",
    title: "Mixtral-8x7B",
    aliases: ["mistralai/Mixtral-8x7B-Instruct-v0.1"],
    layers: 32,
    moe: every(0, 31),
    experts: 8,
    sharedExperts: 0,
    topK: 2,
    hidden: 4096,
    expertFfn: 14_336,
    servingBytesPerWeight: 2,
    source: "config.json of mistralai/Mixtral-8x7B-Instruct-v0.1; served in bf16"
  },
  {
    id: "gpt-oss-20b",
    title: "gpt-oss-20b",
    aliases: ["openai/gpt-oss-20b"],
    layers: 24,
    moe: every(0, 23),
    experts: 32,
    sharedExperts: 0,
    topK: 4,
    hidden: 2880,
    expertFfn: 2880,
    servingBytesPerWeight: 0.531_25,
    source: "config.json of openai/gpt-oss-20b; served in mxfp4: 4 bits and an 8-bit scale for 32 weights"
  },
  {
    id: "gpt-oss-120b",
    title: "gpt-oss-120b",
    aliases: ["openai/gpt-oss-120b"],
    layers: 36,
    moe: every(0, 35),
    experts: 128,
    sharedExperts: 0,
    topK: 4,
    hidden: 2880,
    expertFfn: 2880,
    servingBytesPerWeight: 0.531_25,
    source: "config.json of openai/gpt-oss-120b; served in mxfp4: 4 bits and an 8-bit scale for 32 weights"
  },
  {
    id: "qwen3-30b",
    title: "Qwen3-30B-A3B",
    aliases: ["Qwen/Qwen3-30B-A3B", "qwen3-30b-a3b"],
    layers: 48,
    moe: every(0, 47),
    experts: 128,
    sharedExperts: 0,
    topK: 8,
    hidden: 2048,
    expertFfn: 768,
    servingBytesPerWeight: 2,
    source: "config.json of Qwen/Qwen3-30B-A3B; served in bf16"
  },
  {
    id: "deepseek-v2-lite",
    title: "DeepSeek-V2-Lite",
    aliases: ["deepseek-ai/DeepSeek-V2-Lite"],
    layers: 27,
    moe: every(1, 26),
    experts: 64,
    sharedExperts: 2,
    topK: 6,
    hidden: 2048,
    expertFfn: 1408,
    servingBytesPerWeight: 2,
    source: "recalled from config.json of deepseek-ai/DeepSeek-V2-Lite, not confirmed; served in bf16"
  }
]

const names = (model: Model) => [model.id, ...model.aliases]

/** Finds a model of the catalogue by id or alias, without case. */
export const findModel = (name: string): Model | undefined => {
  const wanted = name.toLowerCase()
  return catalogue.find((model) => names(model).some((n) => n.toLowerCase() === wanted))
}
