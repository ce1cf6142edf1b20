/** Plain measurements of a trace, layer by layer; written for clarity. */
import { type Model, moeLayers, topCount, type TraceRequest } from "@moira/trace"

export interface Trace {
  readonly model: Model
  readonly requests: ReadonlyArray<TraceRequest>
}

export type Phase = "prefill" | "decode"

/** Calls `visit` with the row of ids of each token of one layer. */
const eachRow = (
  { model, requests }: Trace,
  layerIndex: number,
  visit: (row: Uint16Array, token: number, request: TraceRequest) => void
): void => {
  for (const request of requests) {
    const tokens = request.prefillTokens + request.decodeTokens
    for (let token = 0; token < tokens; token++) {
      const at = (layerIndex * tokens + token) * model.topK
      visit(request.ids.subarray(at, at + model.topK), token, request)
    }
  }
}

/** Selections of each expert of a layer, of one phase or both. */
export const layerCounts = (trace: Trace, layerIndex: number, phase?: Phase): Float64Array => {
  const counts = new Float64Array(trace.model.experts)
  eachRow(trace, layerIndex, (row, token, request) => {
    const now: Phase = token < request.prefillTokens ? "prefill" : "decode"
    if (phase === undefined || phase === now) for (const id of row) counts[id] = counts[id]! + 1
  })
  return counts
}

const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0)
export const mean = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0) / values.length

/** Share of a row of counts that its best 20 % of candidates hold. */
const topShare = (counts: Float64Array): number => {
  const best = counts.toSorted().toReversed().subarray(0, topCount(counts.length, 0.2))
  return sum(best) / sum(counts)
}

/** In-sample top-20 % coverage given a layer's hottest expert: at the next MoE layer, or at the next token. */
const coverageOfHottest = (trace: Trace, layerIndex: number, relation: "layer" | "token"): number => {
  const counts = layerCounts(trace, layerIndex)
  const hottest = counts.indexOf(Math.max(...counts))
  const then = new Float64Array(trace.model.experts)
  eachRow(trace, layerIndex, (row, token, request) => {
    const tokens = request.prefillTokens + request.decodeTokens
    if (!row.includes(hottest) || (relation === "token" && token + 1 === tokens)) return
    const { topK } = trace.model
    const at = ((layerIndex + (relation === "layer" ? 1 : 0)) * tokens + token + (relation === "token" ? 1 : 0)) * topK
    for (let k = 0; k < topK; k++) {
      const id = request.ids[at + k]!
      then[id] = then[id]! + 1
    }
  })
  return topShare(then)
}

const layerIndices = (trace: Trace): ReadonlyArray<number> => moeLayers(trace.model).map((_, index) => index)

export const coverage = (trace: Trace) => {
  const all = layerIndices(trace)
  return {
    layer: mean(all.slice(0, -1).map((l) => coverageOfHottest(trace, l, "layer"))),
    token: mean(all.map((l) => coverageOfHottest(trace, l, "token"))),
    popularity: mean(all.map((l) => topShare(layerCounts(trace, l))))
  }
}

/** Selections of the hottest expert over the mean, averaged over layers. */
export const skew = (trace: Trace): number =>
  mean(
    layerIndices(trace).map((l) => {
      const counts = layerCounts(trace, l)
      return Math.max(...counts) / (sum(counts) / counts.length)
    })
  )

/** Share of a token's experts that the next token chooses again, at one layer. */
export const repetition = (trace: Trace, layerIndex: number): number => {
  const { topK } = trace.model
  let [again, of] = [0, 0]
  eachRow(trace, layerIndex, (row, token, request) => {
    const tokens = request.prefillTokens + request.decodeTokens
    if (token + 1 === tokens) return
    const at = (layerIndex * tokens + token + 1) * topK
    const next = request.ids.subarray(at, at + topK)
    again += row.filter((id) => next.includes(id)).length
    of += topK
  })
  return again / of
}

/** Mean over layers of the share that two traces have in common of their `n` hottest experts. */
export const sharedHot = (a: Trace, b: Trace, n: number): number => {
  const hot = (trace: Trace, layer: number) => {
    const counts = layerCounts(trace, layer)
    return [...counts.keys()].toSorted((x, y) => counts[y]! - counts[x]!).slice(0, n)
  }
  return mean(layerIndices(a).map((l) => hot(a, l).filter((id) => hot(b, l).includes(id)).length / n))
}

/** Cosine of two rows of counts. */
export const cosine = (a: Float64Array, b: Float64Array): number => {
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((total, value, i) => total + value * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
