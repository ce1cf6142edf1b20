/** The statistics that a twin is fitted by, of requests held in memory, by the project's own analyses. */
import { mean } from "../../packages/core/src/statistics.ts"
import { spatial } from "../../packages/spatial/src/index.ts"
import { temporal } from "../../packages/temporal/src/index.ts"
import { type Accumulator, type LayerSelections, type TraceRequest } from "../../packages/trace/src/index.ts"
import { requestRow } from "../../packages/trace/src/selections.ts"
import { type Model, moeLayers } from "../../packages/core/src/index.ts"

export interface Measured {
  readonly model: Model
  readonly requests: ReadonlyArray<TraceRequest>
  /** Layers whose successor in the trace is also the model's next MoE layer: those that have a cross-layer relation. */
  readonly follows: (layerIndex: number) => boolean
}

const selections = ({ model, requests }: Measured): ReadonlyArray<LayerSelections> => {
  const offsets = new Uint32Array(requests.length + 1)
  requests.forEach((r, n) => (offsets[n + 1] = offsets[n]! + r.prefillTokens + r.decodeTokens))
  const prefillRows = Uint32Array.from(requests, (r) => r.prefillTokens)
  const { topK, experts } = model
  return moeLayers(model).map((layer, layerIndex) => {
    const ids = new Uint16Array(offsets[requests.length]! * topK)
    requests.forEach((request, r) => {
      const size = (request.prefillTokens + request.decodeTokens) * topK
      ids.set(request.ids.subarray(layerIndex * size, (layerIndex + 1) * size), offsets[r]! * topK)
    })
    return { layer, experts, topK, firstRequest: 0, requests: requests.length, ids, offsets, prefillRows }
  })
}

const hottest = (counts: ArrayLike<number>, n: number): ReadonlyArray<number> =>
  Array.from(counts, (_, e) => e)
    .toSorted((a, b) => counts[b]! - counts[a]! || a - b)
    .slice(0, n)

/** Selections of each expert of one layer by the requests that `wanted` admits. */
const countsOf = ({ requests }: Measured, layer: LayerSelections, wanted: (request: TraceRequest) => boolean) => {
  const counts = new Uint32Array(layer.experts)
  requests.forEach((request, r) => {
    if (!wanted(request)) return
    for (let i = layer.offsets[r]! * layer.topK; i < layer.offsets[r + 1]! * layer.topK; i++) counts[layer.ids[i]!]!++
  })
  return counts
}

/** Share of the 5 and of the 6 hottest experts of one language that are as hot in the other; 0 without both. */
const languageOverlap = (trace: Measured, layer: LayerSelections): number => {
  const [en, zh] = ["en", "zh"].map((language) =>
    countsOf(trace, layer, (r) => r.language === language && r.benchmark.startsWith("mmlu"))
  )
  return mean([5, 6].map((n) => hottest(en!, n).filter((e) => hottest(zh!, n).includes(e)).length / n))
}

/** How many experts are among the 10 hottest of every subject of English MMLU. */
const hotEverywhere = (trace: Measured, layer: LayerSelections): number => {
  const subjects = new Set(trace.requests.filter((r) => r.benchmark === "mmlu").map((r) => r.subject))
  const tops = [...subjects].map((s) =>
    hottest(
      countsOf(trace, layer, (r) => r.benchmark === "mmlu" && r.subject === s),
      10
    )
  )
  return tops.length === 0 ? 0 : tops[0]!.filter((e) => tops.every((top) => top.includes(e))).length
}

/** Share of a token's experts that the next token of its request selects again. */
const repetition = ({ ids, offsets, requests, topK }: LayerSelections): number => {
  let [again, of] = [0, 0]
  for (let r = 0; r < requests; r++) {
    for (let t = offsets[r]!; t + 1 < offsets[r + 1]!; t++) {
      const next = ids.subarray((t + 1) * topK, (t + 2) * topK)
      for (let k = 0; k < topK; k++) if (next.includes(ids[t * topK + k]!)) again++
      of += topK
    }
  }
  return again / of
}

const run = <S, R>(accumulator: Accumulator<S, R>, layers: ReadonlyArray<LayerSelections>): R => {
  const state = accumulator.empty()
  layers.forEach((current, layerIndex) => accumulator.add(state, { layerIndex, current, next: layers[layerIndex + 1] }))
  return accumulator.finish(state)
}

/** Statistics by name; coverages and overlaps are shares, means over layers that are not degenerate. */
export const measure = (trace: Measured) => {
  const layers = selections(trace)
  const context = {
    model: trace.model,
    layers: moeLayers(trace.model),
    requests: trace.requests.map((request) => requestRow(request, ""))
  }
  const { crossLayer, crossToken, prefillDecode } = run(temporal.accumulator(context, { draws: 1 }), layers)
  const { popularity, pairs } = run(spatial.accumulator(context, { draws: 1 }), layers)
  const position = (layer: number) => context.layers.indexOf(layer)
  const usual = popularity.layers.filter(({ degenerate }) => !degenerate)
  const next = crossLayer!.layers.filter(({ layer, degenerate }) => !degenerate && trace.follows(position(layer)))
  const step = crossToken!.layers.filter(({ degenerate }) => !degenerate)
  const kept = usual.map(({ layer }) => layers[position(layer)]!)
  const third = Math.max(1, Math.floor(step.length / 3))
  const phases = prefillDecode?.layers.filter(({ degenerate }) => !degenerate) ?? []
  const heldOut = (relations: typeof step) => ({
    heldOut: mean(relations.map((l) => l.coverage.heldOut!)),
    popularity: mean(relations.map((l) => l.coverage.popularity!))
  })
  const [l, t] = [heldOut(next), heldOut(step)]
  return {
    layer: mean(next.map((x) => x.coverage.inSample)),
    token: mean(step.map((x) => x.coverage.inSample)),
    layerTop: mean(next.map((x) => x.topExpertCoverage.inSample)),
    tokenTop: mean(step.map((x) => x.topExpertCoverage.inSample)),
    layerHeldOut: l.heldOut,
    tokenHeldOut: t.heldOut,
    layerByPopularity: l.popularity,
    tokenByPopularity: t.popularity,
    popularity: mean(usual.map((x) => x.coverage.inSample)),
    skew: mean(usual.map((x) => x.skewMaxOverMean)),
    skewGreatest: Math.max(...usual.map((x) => x.skewMaxOverMean)),
    rhoFrequency: mean(phases.map((x) => x.rhoFrequency ?? 0)),
    rhoAbove: phases.filter((x) => (x.rhoFrequency ?? 0) >= 0.7).length / phases.length,
    rhoLayer: mean(phases.filter((x) => trace.follows(position(x.layer))).map((x) => x.rhoCrossLayer ?? 0)),
    rhoToken: mean(phases.map((x) => x.rhoCrossToken ?? 0)),
    overlap5: mean(phases.map((x) => x.overlapTop5)),
    overlap10: mean(phases.map((x) => x.overlapTop10)),
    overlap20: mean(phases.map((x) => x.overlapTop20)),
    pairShare: pairs?.mean.top10Share ?? 0,
    pairRatio: pairs?.mean.maxOverRandom ?? 0,
    repetition: mean(kept.map(repetition)),
    diagonalLow: mean(step.slice(0, third).map((x) => x.diagonalLift ?? 0)),
    diagonalHigh: mean(step.slice(-third).map((x) => x.diagonalLift ?? 0)),
    languageOverlap: mean(kept.map((layer) => languageOverlap(trace, layer))),
    hotEverywhere: mean(kept.map((layer) => hotEverywhere(trace, layer)))
  }
}

export type Statistics = ReturnType<typeof measure>
