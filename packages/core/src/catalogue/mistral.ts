/** Mistral's Mixtral. */
import type { Model } from "../model.ts"
import { entry, every } from "./entry.ts"

export const mistral: ReadonlyArray<Model> = [
  {
    id: "mixtral-8x7b",
    title: "Mixtral-8x7B",
    aliases: ["mistralai/Mixtral-8x7B-Instruct-v0.1", "mistralai/Mixtral-8x7B-v0.1"],
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
  entry({
    id: "mixtral-8x22b",
    title: "Mixtral-8x22B",
    aliases: ["mistralai/Mixtral-8x22B-v0.1", "mistralai/Mixtral-8x22B-Instruct-v0.1"],
    layers: 56,
    moe: every(0, 55),
    experts: 8,
    topK: 2,
    hidden: 6144,
    expertFfn: 16_384,
    weightFormat: "bf16",
    source: "config.json of mistralai/Mixtral-8x22B-v0.1"
  })
]
