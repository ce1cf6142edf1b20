/** Moonshot's Kimi and Moonlight. */
import type { Model } from "../model.ts"
import { entry, every } from "./entry.ts"

export const moonshot: ReadonlyArray<Model> = [
  {
    id: "kimi-k2",
    title: "Kimi K2 1T",
    aliases: [
      "moonshotai/Kimi-K2-Instruct",
      "moonshotai/Kimi-K2-Base",
      "moonshotai/Kimi-K2-Instruct-0905",
      "moonshotai/Kimi-K2-Thinking"
    ],
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
  entry({
    id: "kimi-k2.5",
    title: "Kimi K2.5 / K2.6 / K2.7 1T",
    aliases: ["moonshotai/Kimi-K2.5", "moonshotai/Kimi-K2.6", "moonshotai/Kimi-K2.7-Code"],
    layers: 61,
    moe: every(1, 60),
    experts: 384,
    sharedExperts: 1,
    topK: 8,
    hidden: 7168,
    expertFfn: 2048,
    weightFormat: "int4-g32",
    source: "config.json (text_config) of moonshotai/Kimi-K2.5; experts in int4 with a scale for 32"
  }),
  entry({
    id: "kimi-k3",
    title: "Kimi K3",
    aliases: ["moonshotai/Kimi-K3"],
    layers: 93,
    moe: every(1, 92),
    experts: 896,
    sharedExperts: 2,
    topK: 16,
    hidden: 7168,
    routedHidden: 3584,
    expertFfn: 3072,
    weightFormat: "mxfp4",
    source: "config.json (text_config) of moonshotai/Kimi-K3; latent experts in mxfp4"
  }),
  entry({
    id: "moonlight-16b",
    title: "Moonlight-16B-A3B",
    aliases: [
      "moonlight",
      "moonlight-16b-a3b",
      "moonshotai/Moonlight-16B-A3B",
      "moonshotai/Moonlight-16B-A3B-Instruct"
    ],
    layers: 27,
    moe: every(1, 26),
    experts: 64,
    sharedExperts: 2,
    topK: 6,
    hidden: 2048,
    expertFfn: 1408,
    weightFormat: "bf16",
    source: "scripts/models/moonlight.sh of THUDM/slime; config.json of moonshotai/Moonlight-16B-A3B"
  })
]
