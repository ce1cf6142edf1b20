/** Qwen's MoE models. */
import type { Model } from "../model.ts"
import { entry, every } from "./entry.ts"

export const qwen: ReadonlyArray<Model> = [
  {
    id: "qwen3-235b",
    title: "Qwen3-235B-A22B",
    aliases: [
      "Qwen/Qwen3-235B-A22B-FP8",
      "Qwen/Qwen3-235B-A22B",
      "qwen3-235b-a22b",
      "Qwen/Qwen3-235B-A22B-Instruct-2507",
      "Qwen/Qwen3-235B-A22B-Thinking-2507",
      "Qwen/Qwen3-VL-235B-A22B-Instruct",
      "Qwen/Qwen3-VL-235B-A22B-Thinking"
    ],
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
    id: "qwen3-30b",
    title: "Qwen3-30B-A3B",
    aliases: [
      "Qwen/Qwen3-30B-A3B",
      "qwen3-30b-a3b",
      "Qwen/Qwen3-30B-A3B-Instruct-2507",
      "Qwen/Qwen3-30B-A3B-Thinking-2507",
      "Qwen/Qwen3-Coder-30B-A3B-Instruct",
      "Qwen/Qwen3-VL-30B-A3B-Instruct",
      "Qwen/Qwen3-VL-30B-A3B-Thinking"
    ],
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
  entry({
    id: "qwen3-coder-480b",
    title: "Qwen3-Coder-480B-A35B",
    aliases: ["qwen3-coder-480b-a35b", "Qwen/Qwen3-Coder-480B-A35B-Instruct"],
    layers: 62,
    moe: every(0, 61),
    experts: 160,
    topK: 8,
    hidden: 6144,
    expertFfn: 2560,
    weightFormat: "bf16",
    source: "config.json of Qwen/Qwen3-Coder-480B-A35B-Instruct"
  }),
  entry({
    id: "qwen3-next",
    title: "Qwen3-Next-80B-A3B",
    aliases: [
      "qwen3-next-80b-a3b",
      "Qwen/Qwen3-Next-80B-A3B-Instruct",
      "Qwen/Qwen3-Next-80B-A3B-Thinking",
      "Qwen/Qwen3-Coder-Next"
    ],
    layers: 48,
    moe: every(0, 47),
    experts: 512,
    sharedExperts: 1,
    topK: 10,
    hidden: 2048,
    expertFfn: 512,
    weightFormat: "bf16",
    source: "scripts/models/qwen3-next-80B-A3B.sh of THUDM/slime; config.json of Qwen/Qwen3-Next-80B-A3B-Instruct"
  }),
  entry({
    id: "qwen3.5-397b",
    title: "Qwen3.5-397B-A17B",
    aliases: ["qwen3.5-397b-a17b", "Qwen/Qwen3.5-397B-A17B"],
    layers: 60,
    moe: every(0, 59),
    experts: 512,
    sharedExperts: 1,
    topK: 10,
    hidden: 4096,
    expertFfn: 1024,
    weightFormat: "bf16",
    source: "config.json (text_config) of Qwen/Qwen3.5-397B-A17B"
  }),
  entry({
    id: "qwen3.5-122b",
    title: "Qwen3.5-122B-A10B",
    aliases: ["qwen3.5-122b-a10b", "Qwen/Qwen3.5-122B-A10B"],
    layers: 48,
    moe: every(0, 47),
    experts: 256,
    sharedExperts: 1,
    topK: 8,
    hidden: 3072,
    expertFfn: 1024,
    weightFormat: "bf16",
    source: "config.json (text_config) of Qwen/Qwen3.5-122B-A10B"
  }),
  entry({
    id: "qwen3.5-35b",
    title: "Qwen3.5-35B-A3B",
    aliases: ["qwen3.5-35b-a3b", "Qwen/Qwen3.5-35B-A3B", "Qwen/Qwen3.6-35B-A3B", "qwen3.6-35b"],
    layers: 40,
    moe: every(0, 39),
    experts: 256,
    sharedExperts: 1,
    topK: 8,
    hidden: 2048,
    expertFfn: 512,
    weightFormat: "bf16",
    source: "config.json (text_config) of Qwen/Qwen3.5-35B-A3B"
  }),
  entry({
    id: "qwen3.8-flash-next",
    title: "Qwen3.8-Flash-Next",
    aliases: ["Qwen/Qwen3.8-Flash-Next"],
    layers: 48,
    moe: every(0, 47),
    experts: 512,
    sharedExperts: 1,
    topK: 10,
    hidden: 2560,
    expertFfn: 640,
    weightFormat: "bf16",
    source:
      "config.json (text_config, qwen4_exp) of Qwen/Qwen3.8-Flash-Next as parsers' tests repeat it; number of layers of the released model from one of them alone",
    confirmed: false
  }),
  entry({
    id: "qwen2-57b",
    title: "Qwen2-57B-A14B",
    aliases: ["qwen2-57b-a14b", "Qwen/Qwen2-57B-A14B", "Qwen/Qwen2-57B-A14B-Instruct"],
    layers: 28,
    moe: every(0, 27),
    experts: 64,
    sharedExperts: 1,
    topK: 8,
    hidden: 3584,
    expertFfn: 2560,
    sharedFfn: 20_480,
    weightFormat: "bf16",
    source: "recalled from config.json of Qwen/Qwen2-57B-A14B, not looked up",
    confirmed: false
  })
]
