/** A request of any model with random ids. */
import { type Model, moeLayers, random, substream } from "@moira/core"
import type { TraceRequest } from "@moira/trace"

export const randomRequest = (
  model: Model,
  prefillTokens: number,
  decodeTokens: number,
  seed: number
): TraceRequest => {
  const { below } = random(substream(seed, "request"))
  const row = () => {
    const ids = new Set<number>()
    while (ids.size < model.topK) ids.add(below(model.experts))
    return [...ids]
  }
  const rows = moeLayers(model).length * (prefillTokens + decodeTokens)
  const labels = { benchmark: "mmlu", subject: "all", language: "en", source: "made up" }
  return { ...labels, prefillTokens, decodeTokens, ids: Uint16Array.from(Array.from({ length: rows }, row).flat()) }
}
