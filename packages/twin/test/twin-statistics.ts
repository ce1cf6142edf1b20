/** Plain measurements of a trace, layer by layer; written for clarity. */
import { type Model, moeLayers } from "@moira/core"
import { topCount } from "@moira/core/statistics"
import { type TraceRequest } from "@moira/trace"

export interface Trace {
  readonly model: Model
  readonly requests: ReadonlyArray<TraceRequest>
  /** Whether the next layer of the trace is the model's next MoE layer too; it is unless said otherwise. */
  readonly follows?: (layerIndex: number) => boolean
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

/** The `n` experts with the greatest counts. */
const hottestExperts = (counts: Float64Array, n: number): ReadonlyArray<number> =>
  [...counts.keys()].toSorted((a, b) => counts[b]! - counts[a]!).slice(0, n)

const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0)
export const mean = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0) / values.length

/** Counts of the best 20 % of candidates, and the share that these hold. */
const topSum = (counts: Float64Array): number =>
  sum(counts.toSorted().toReversed().subarray(0, topCount(counts.length, 0.2)))
const topShare = (counts: Float64Array): number => topSum(counts) / sum(counts)

type Relation = "layer" | "token"

/** Joint counts `[i * experts + j]` of a token's experts and those at the next MoE layer, or at the next token. */
const jointCounts = (trace: Trace, layerIndex: number, relation: Relation): Float64Array => {
  const { experts, topK } = trace.model
  const counts = new Float64Array(experts * experts)
  eachRow(trace, layerIndex, (row, token, request) => {
    const tokens = request.prefillTokens + request.decodeTokens
    if (relation === "token" && token + 1 === tokens) return
    const at = ((layerIndex + (relation === "layer" ? 1 : 0)) * tokens + token + (relation === "token" ? 1 : 0)) * topK
    const next = request.ids.subarray(at, at + topK)
    for (const i of row) for (const j of next) counts[i * experts + j]! += 1
  })
  return counts
}

const rowsOf = (counts: Float64Array, experts: number): ReadonlyArray<Float64Array> =>
  Array.from({ length: experts }, (_, i) => counts.subarray(i * experts, (i + 1) * experts))

/** In-sample top-20 % coverage over all experts, and of the hottest expert alone. */
const relationCoverage = (trace: Trace, layerIndex: number, relation: Relation) => {
  const { experts } = trace.model
  const rows = rowsOf(jointCounts(trace, layerIndex, relation), experts)
  const sums = rows.map(sum)
  return {
    all: rows.reduce((total, row) => total + topSum(row), 0) / sum(Float64Array.from(sums)),
    hottest: topShare(rows[sums.indexOf(Math.max(...sums))]!)
  }
}

const layerIndices = (trace: Trace): ReadonlyArray<number> => moeLayers(trace.model).map((_, index) => index)
const followed = (trace: Trace): ReadonlyArray<number> => layerIndices(trace).filter((l) => trace.follows?.(l) ?? true)

/** Means over layers of the in-sample coverage of both relations; of popularity alone for the selections themselves. */
export const coverage = (trace: Trace) => {
  const of = (relation: Relation, layers: ReadonlyArray<number>) => {
    const found = layers.map((l) => relationCoverage(trace, l, relation))
    return { all: mean(found.map(({ all }) => all)), hottest: mean(found.map(({ hottest }) => hottest)) }
  }
  return {
    layer: of("layer", followed(trace)),
    token: of("token", layerIndices(trace)),
    popularity: mean(layerIndices(trace).map((l) => topShare(layerCounts(trace, l))))
  }
}

/** Coverage of the odd requests by what the even ones choose, given each expert and by popularity alone. */
export const heldOut = (
  trace: Trace,
  relation: Relation,
  layers = relation === "layer" ? followed(trace) : layerIndices(trace)
) => {
  const half = (parity: number): Trace => ({
    ...trace,
    requests: trace.requests.filter((_, index) => index % 2 === parity)
  })
  const { experts } = trace.model
  const n = topCount(experts, 0.2)
  const found = layers.map((l) => {
    const [train, judged] = [0, 1].map((parity) => rowsOf(jointCounts(half(parity), l, relation), experts))
    const columns = Float64Array.from({ length: experts }, (_, j) => mean(train!.map((row) => row[j]!)))
    const popular = hottestExperts(columns, n)
    const hits = (choose: (i: number) => ReadonlyArray<number>) =>
      judged!.reduce((total, row, i) => total + choose(i).reduce((part, j) => part + row[j]!, 0), 0)
    const all = judged!.reduce((total, row) => total + sum(row), 0)
    // What training saw equally often is chosen by popularity.
    const given = (i: number) =>
      hottestExperts(
        train![i]!.map((count, j) => count * 1e6 + columns[j]!),
        n
      )
    return { given: hits(given) / all, popularity: hits(() => popular) / all }
  })
  return { given: mean(found.map((f) => f.given)), popularity: mean(found.map((f) => f.popularity)) }
}

/** Share of the 10 % most frequent pairs among all pairs of experts that one token selects, mean over layers. */
export const pairShare = (trace: Trace): number =>
  mean(
    layerIndices(trace).map((l) => {
      const { experts } = trace.model
      const counts = new Float64Array(experts * experts)
      eachRow(trace, l, (row) => {
        for (const i of row) for (const j of row) if (i < j) counts[i * experts + j]! += 1
      })
      const pairs = (experts * (experts - 1)) / 2
      const best = counts.toSorted().toReversed().subarray(0, topCount(pairs, 0.1))
      return sum(best) / sum(counts)
    })
  )

/** Share of the diagonal of the cross-token counts over that of independent ends, at one layer. */
export const diagonal = (trace: Trace, layerIndex: number): number => {
  const { experts } = trace.model
  const rows = rowsOf(jointCounts(trace, layerIndex, "token"), experts)
  const all = rows.reduce((total, row) => total + sum(row), 0)
  const columns = rows.map((_, j) => rows.reduce((total, row) => total + row[j]!, 0))
  const expected = rows.reduce((total, row, i) => total + (sum(row) * columns[i]!) / all, 0)
  return rows.reduce((total, row, i) => total + row[i]!, 0) / expected
}

/** Spearman's rho of the counts of prefill and of decode, layer by layer; no ties are settled, so of large counts only. */
export const phaseRhos = (trace: Trace): ReadonlyArray<number> =>
  layerIndices(trace).map((l) => {
    const ranks = (phase: Phase) => {
      const order = hottestExperts(layerCounts(trace, l, phase), trace.model.experts)
      const places = new Float64Array(order.length)
      order.forEach((expert, place) => (places[expert] = place))
      return places
    }
    const [a, b] = [ranks("prefill"), ranks("decode")]
    const n = a.length
    return 1 - (6 * a.reduce((total, place, e) => total + (place - b[e]!) ** 2, 0)) / (n * (n * n - 1))
  })

/** Mean over layers of the share of the `n` hottest experts of prefill that are as hot in decode. */
export const phaseOverlap = (trace: Trace, n: number): number =>
  mean(
    layerIndices(trace).map((l) => {
      const decode = hottestExperts(layerCounts(trace, l, "decode"), n)
      return hottestExperts(layerCounts(trace, l, "prefill"), n).filter((e) => decode.includes(e)).length / n
    })
  )

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
  const hot = (trace: Trace, layer: number) => hottestExperts(layerCounts(trace, layer), n)
  return mean(layerIndices(a).map((l) => hot(a, l).filter((id) => hot(b, l).includes(id)).length / n))
}

/** Cosine of two rows of counts. */
export const cosine = (a: Float64Array, b: Float64Array): number => {
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((total, value, i) => total + value * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
