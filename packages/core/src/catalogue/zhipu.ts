/** GLM from 4.5 on. */
import type { Model } from "../model.ts"
import { entry, every } from "./entry.ts"

export const zhipu: ReadonlyArray<Model> = [
  entry({
    id: "glm-4.5",
    title: "GLM-4.5 / 4.6 / 4.7 355B",
    aliases: ["glm-4.6", "glm-4.7", "glm-4.5-355b-a32b", "zai-org/GLM-4.5", "zai-org/GLM-4.6", "zai-org/GLM-4.7"],
    layers: 92,
    moe: every(3, 91),
    experts: 160,
    sharedExperts: 1,
    topK: 8,
    hidden: 5120,
    expertFfn: 1536,
    weightFormat: "bf16",
    source: "scripts/models/glm4.5-355B-A32B.sh of THUDM/slime; config.json of zai-org/GLM-4.5"
  }),
  entry({
    id: "glm-4.5-air",
    title: "GLM-4.5-Air 106B",
    aliases: [
      "glm-4.5v",
      "glm-4.6v",
      "glm-4.5-106b-a12b",
      "zai-org/GLM-4.5-Air",
      "zai-org/GLM-4.5V",
      "zai-org/GLM-4.6V"
    ],
    layers: 46,
    moe: every(1, 45),
    experts: 128,
    sharedExperts: 1,
    topK: 8,
    hidden: 4096,
    expertFfn: 1408,
    weightFormat: "bf16",
    source: "scripts/models/glm4.5-106B-A12B.sh of THUDM/slime; config.json of zai-org/GLM-4.5-Air"
  }),
  entry({
    id: "glm-4.7-flash",
    title: "GLM-4.7-Flash 30B",
    aliases: ["glm-4.7-30b-a3b", "zai-org/GLM-4.7-Flash"],
    layers: 47,
    moe: every(1, 46),
    experts: 64,
    sharedExperts: 1,
    topK: 4,
    hidden: 2048,
    expertFfn: 1536,
    weightFormat: "bf16",
    source: "scripts/models/glm4.7-30B-A3B.sh of THUDM/slime; config.json of zai-org/GLM-4.7-Flash"
  }),
  entry({
    id: "glm-5",
    title: "GLM-5 / 5.1 / 5.2 744B",
    aliases: ["glm-5.1", "glm-5.2", "zai-org/GLM-5", "zai-org/GLM-5.1", "zai-org/GLM-5.2"],
    layers: 78,
    moe: every(3, 77),
    experts: 256,
    sharedExperts: 1,
    topK: 8,
    hidden: 6144,
    expertFfn: 2048,
    weightFormat: "bf16",
    source: "config.json of zai-org/GLM-5"
  })
]
