/** Layers of a trace as analyses take them, drawn by a seed: 256 experts, top 8, two languages and four benchmarks. */
import { catalogue, random, substream } from "../../../packages/core/src/index.ts"
import type { LayerChunk, LayerSelections, RequestRow, TraceContext } from "../../../packages/trace/src/index.ts"

const [prefill, decode] = [24, 64] as const

/** Tokens of so many requests. */
export const tokensOf = (requests: number): number => requests * (prefill + decode)

const requestAt = (r: number): RequestRow => ({
  benchmark: `benchmark-${r % 4}`,
  subject: `subject-${r % 12}`,
  language: r % 2 === 0 ? "en" : "zh",
  prefillTokens: prefill,
  decodeTokens: decode,
  repeatedTokens: 0,
  cachedTokens: 0,
  runs: "",
  group: "",
  source: `request-${r}`,
  sourceDigest: "",
  sha256: ""
})

/** Rows of eight different experts of log-normal popularity, which differs a little by benchmark; a quarter are those of the token before. */
const idsOf = (layer: number, requests: number, experts: number, topK: number): Uint16Array => {
  const { below, normal, uniform } = random(substream(1, "analysis", layer))
  const table = Array.from({ length: experts }, (_, expert) => ({ expert, weight: Math.exp(0.7 * normal()) })).flatMap(
    ({ expert, weight }) => Array.from({ length: Math.max(1, Math.round(16 * weight)) }, () => expert)
  )
  const ids = new Uint16Array(tokensOf(requests) * topK)
  for (let o = 0; o < ids.length; o += topK) {
    const row = ids.subarray(o, o + topK)
    const shift = Math.floor(o / topK / (prefill + decode)) % 4
    for (let k = 0; k < topK; k++) {
      const earlier = o > 0 && uniform() < 0.25 ? ids[o - topK + k]! : undefined
      let expert = earlier ?? (table[below(table.length)]! + 5 * shift) % experts
      while (row.subarray(0, k).includes(expert)) expert = below(experts)
      row[k] = expert
    }
  }
  return ids
}

const selectionsOf = (layer: number, requests: number, experts: number, topK: number): LayerSelections => ({
  layer,
  experts,
  topK,
  firstRequest: 0,
  requests,
  ids: idsOf(layer, requests, experts, topK),
  offsets: Uint32Array.from({ length: requests + 1 }, (_, r) => tokensOf(r)),
  prefillRows: new Uint32Array(requests).fill(prefill),
  holes: false
})

export interface Corpus {
  readonly context: TraceContext
  readonly chunks: ReadonlyArray<LayerChunk>
}

/** So many layers of so many requests. */
export const corpusOf = (layers: number, requests: number): Corpus => {
  const model = catalogue.find(({ id }) => id === "deepseek-v3")!
  const numbers = Array.from({ length: layers }, (_, l) => 3 + l)
  const all = numbers.map((layer) => selectionsOf(layer, requests, model.experts, model.topK))
  return {
    context: { model, layers: numbers, requests: Array.from({ length: requests }, (_, r) => requestAt(r)) },
    chunks: all.map((current, layerIndex) => ({ layerIndex, current, next: all[layerIndex + 1] }))
  }
}
