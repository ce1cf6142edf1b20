/** The evaluation as plain loops over plain arrays, to compare the fast one with. */
import type { TraceRequest } from "@moira/trace"

export interface PlainTrace {
  readonly experts: number
  readonly topK: number
  readonly layers: number
  /** `[request][token][layer]` are the ids, holes left out. */
  readonly tokens: ReadonlyArray<ReadonlyArray<ReadonlyArray<ReadonlyArray<number>>>>
  readonly prefill: ReadonlyArray<number>
}

export const plainTrace = (
  requests: ReadonlyArray<TraceRequest>,
  { layers, experts, topK }: { readonly layers: number; readonly experts: number; readonly topK: number }
): PlainTrace => ({
  layers,
  experts,
  topK,
  prefill: requests.map((request) => request.prefillTokens),
  tokens: requests.map(({ ids, prefillTokens, decodeTokens }) => {
    const count = prefillTokens + decodeTokens
    return Array.from({ length: count }, (_, t) =>
      Array.from({ length: layers }, (_unused, layer) =>
        Array.from(ids.subarray((layer * count + t) * topK, (layer * count + t + 1) * topK)).filter(
          (id) => id < experts
        )
      )
    )
  })
})

const best = (scores: ReadonlyArray<number>, n: number): ReadonlyArray<number> =>
  scores
    .map((score, e) => ({ score, e }))
    .toSorted((a, b) => b.score - a.score || a.e - b.e)
    .slice(0, n)
    .map(({ e }) => e)

const zeros = (n: number) => Array.from({ length: n }, () => 0)

/** Recall over all layers of a forecast, by brute force: hits and selections of the test requests' decode tokens. */
export const plainRecall = (
  trace: PlainTrace,
  roles: ArrayLike<number>,
  kind: "popularity" | "last-token" | "cross-token" | "cross-layer" | "prefill",
  n: number,
  skipped: ReadonlyArray<number> = []
): { readonly hits: number; readonly selections: number } => {
  const { experts, topK, layers, tokens, prefill } = trace
  const result = { hits: 0, selections: 0 }
  for (let layer = 0; layer < layers; layer++) {
    if (skipped.includes(layer)) continue
    const counts = zeros(experts)
    const pairs = Array.from({ length: experts }, () => zeros(experts))
    const givenOf = (request: number, t: number): ReadonlyArray<number> | undefined =>
      kind === "cross-layer" ? tokens[request]![t]![layer - 1] : tokens[request]![t - 1]?.[layer]
    tokens.forEach((request, r) => {
      if (roles[r] !== 0) return
      request.forEach((token, t) => {
        for (const j of token[layer]!) {
          counts[j]!++
          for (const i of givenOf(r, t) ?? []) pairs[i]![j]!++
        }
      })
    })
    const all = counts.reduce((a, b) => a + b, 0)
    const popular = counts.map((count) => (count + 0.5) / (all + experts / 2))
    const row = (i: number) => {
      const total = pairs[i]!.reduce((a, b) => a + b, 0)
      return pairs[i]!.map((count, j) => Math.fround((count + 5 * topK * popular[j]!) / (total + 5 * topK)))
    }
    const rows = Array.from({ length: experts }, (_, i) => row(i))
    tokens.forEach((request, r) => {
      if (roles[r] !== 2) return
      const own = zeros(experts)
      for (const token of request.slice(0, prefill[r])) for (const e of token[layer]!) own[e]!++
      request.forEach((token, t) => {
        if (t < prefill[r]!) return
        const given = givenOf(r, t) ?? []
        const forecast = {
          popularity: () => popular,
          "last-token": () =>
            given.length === 0 ? popular : popular.map((p, e) => 0.02 * p + given.filter((i) => i === e).length),
          "cross-token": () =>
            given.length === 0
              ? popular
              : popular.map((_, j) => given.reduce((sum, i) => sum + rows[i]![j]!, 0) / given.length),
          "cross-layer": () =>
            given.length === 0
              ? popular
              : popular.map((_, j) => given.reduce((sum, i) => sum + rows[i]![j]!, 0) / given.length),
          prefill: () => {
            const total = own.reduce((a, b) => a + b, 0)
            return own.map((count, e) => (count + 8 * topK * popular[e]!) * (1 / (total + 8 * topK)))
          }
        }[kind]()
        const named = best(forecast, n)
        result.selections += token[layer]!.length
        result.hits += token[layer]!.filter((e) => named.includes(e)).length
      })
    })
  }
  return result
}
