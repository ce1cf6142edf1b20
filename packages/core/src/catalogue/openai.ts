/** OpenAI's open-weight models. */
import type { Model } from "../model.ts"
import { every } from "./entry.ts"

export const openai: ReadonlyArray<Model> = [
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
  }
]
