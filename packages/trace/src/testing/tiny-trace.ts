/** For tests of what runs on traces: a tiny model and seeded requests of it. */
import { type Model, moeLayers, random } from "@moira/core"
import { memoryStore } from "../memory-store.ts"
import { missingExpert, type TraceRequest } from "../selections.ts"

/** 3 MoE layers, 12 experts, top-2. */
export const tinyModel: Model = {
  id: "tiny",
  title: "Tiny",
  aliases: [],
  layers: 5,
  moe: { first: 1, last: 3, every: 1 },
  experts: 12,
  sharedExperts: 0,
  topK: 2,
  hidden: 64,
  expertFfn: 32,
  servingBytesPerWeight: 1,
  source: "made up for tests"
}

/** Requests of seeded lengths and distinct experts a token; one hole in `holes` tokens when asked. */
export const tinyRequests = (count: number, seed: number, holes = 0): ReadonlyArray<TraceRequest> => {
  const { below } = random(seed)
  return Array.from({ length: count }, (_, r) => {
    const prefillTokens = 1 + below(3)
    const decodeTokens = r === 0 ? 6 : 1 + below(6)
    const rows = moeLayers(tinyModel).length * (prefillTokens + decodeTokens)
    const ids = new Uint16Array(rows * tinyModel.topK)
    for (let i = 0; i < rows; i++) {
      const first = below(tinyModel.experts)
      ids[2 * i] = holes > 0 && below(holes) === 0 ? missingExpert : first
      ids[2 * i + 1] = (first + 1 + below(tinyModel.experts - 1)) % tinyModel.experts
    }
    return {
      benchmark: "b",
      subject: "s",
      language: "en",
      source: `${r}`,
      prefillTokens,
      decodeTokens,
      ids
    }
  })
}

/** The same as a store. */
export const tinyTrace = (count: number, seed: number, holes = 0) =>
  memoryStore(tinyModel, tinyRequests(count, seed, holes))
