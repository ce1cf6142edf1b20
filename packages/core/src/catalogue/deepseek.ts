/** DeepSeek and models of its architecture's first versions. */
import type { Model } from "../model.ts"
import { entry, every } from "./entry.ts"

export const deepseek: ReadonlyArray<Model> = [
  {
    id: "deepseek-v3",
    title: "DeepSeek-V3 / R1 671B",
    aliases: [
      "deepseek-r1",
      "deepseek-671b",
      "cognitivecomputations/DeepSeek-R1-AWQ",
      "deepseek-ai/DeepSeek-V3",
      "deepseek-ai/DeepSeek-R1",
      "deepseek-ai/DeepSeek-V3-0324",
      "deepseek-ai/DeepSeek-R1-0528",
      "deepseek-ai/DeepSeek-R1-Zero",
      "deepseek-ai/DeepSeek-V3.1",
      "deepseek-ai/DeepSeek-V3.1-Terminus",
      "deepseek-ai/DeepSeek-V3.2",
      "deepseek-ai/DeepSeek-V3.2-Exp",
      "deepseek-ai/DeepSeek-V3.2-Speciale",
      "tngtech/DeepSeek-R1T2-Chimera",
      "tngtech/DeepSeek-R1T-Chimera"
    ],
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
    id: "deepseek-v2-lite",
    title: "DeepSeek-V2-Lite",
    aliases: [
      "deepseek-ai/DeepSeek-V2-Lite",
      "deepseek-ai/DeepSeek-V2-Lite-Chat",
      "deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct"
    ],
    layers: 27,
    moe: every(1, 26),
    experts: 64,
    sharedExperts: 2,
    topK: 6,
    hidden: 2048,
    expertFfn: 1408,
    servingBytesPerWeight: 2,
    source: "config.json of deepseek-ai/DeepSeek-V2-Lite; served in bf16"
  },
  entry({
    id: "deepseek-v2",
    title: "DeepSeek-V2 236B",
    aliases: [
      "deepseek-ai/DeepSeek-V2",
      "deepseek-ai/DeepSeek-V2-Chat",
      "deepseek-ai/DeepSeek-V2.5",
      "deepseek-ai/DeepSeek-Coder-V2-Instruct"
    ],
    layers: 60,
    moe: every(1, 59),
    experts: 160,
    sharedExperts: 2,
    topK: 6,
    hidden: 5120,
    expertFfn: 1536,
    routing: { groups: 8, groupsPerToken: 3 },
    weightFormat: "bf16",
    source: "recalled from config.json of deepseek-ai/DeepSeek-V2, not looked up",
    confirmed: false
  }),
  entry({
    id: "deepseek-v4-flash",
    title: "DeepSeek-V4-Flash",
    aliases: ["deepseek-ai/DeepSeek-V4-Flash"],
    layers: 43,
    moe: every(0, 42),
    experts: 256,
    sharedExperts: 1,
    topK: 6,
    hidden: 4096,
    expertFfn: 2048,
    weightFormat: "mxfp4",
    source: "config.json of deepseek-ai/DeepSeek-V4-Flash; experts in fp4; layers 0-2 route by a hash of the token"
  }),
  entry({
    id: "deepseek-v4-pro",
    title: "DeepSeek-V4-Pro",
    aliases: ["deepseek-v4", "deepseek-ai/DeepSeek-V4-Pro"],
    layers: 61,
    moe: every(0, 60),
    experts: 384,
    sharedExperts: 1,
    topK: 6,
    hidden: 7168,
    expertFfn: 3072,
    weightFormat: "mxfp4",
    source: "config.json of deepseek-ai/DeepSeek-V4-Pro; experts in fp4; layers 0-2 route by a hash of the token"
  })
]
