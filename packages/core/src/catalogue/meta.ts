/** Meta's Llama 4. */
import type { Model } from "../model.ts"
import { entry, every } from "./entry.ts"

export const meta: ReadonlyArray<Model> = [
  {
    id: "llama4-maverick",
    title: "Llama-4-Maverick 402B",
    aliases: [
      "llama4",
      "llama-4-maverick",
      "meta-llama/Llama-4-Maverick-17B-128E-Instruct",
      "meta-llama/Llama-4-Maverick-17B-128E"
    ],
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
  entry({
    id: "llama4-scout",
    title: "Llama-4-Scout 109B",
    aliases: ["llama-4-scout", "meta-llama/Llama-4-Scout-17B-16E-Instruct", "meta-llama/Llama-4-Scout-17B-16E"],
    layers: 48,
    moe: every(0, 47),
    experts: 16,
    sharedExperts: 1,
    topK: 1,
    hidden: 5120,
    expertFfn: 8192,
    weightFormat: "bf16",
    source: "config.json (text_config) of meta-llama/Llama-4-Scout-17B-16E-Instruct"
  })
]
