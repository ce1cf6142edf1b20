/** Ob3: how alike prefill and decode are, at one layer and over all of them. */
import { type PhaseLayer, type PrefillDecode } from "@moira/results"
import { type TraceContext } from "@moira/trace"
import { meanOfKnown, spearman, topIndices } from "@moira/core/statistics"
import type { Frequencies } from "./frequencies.ts"
import { heatmapRho } from "./heatmap-rank.ts"
import type { JointCounts } from "./joint.ts"
import type { Concluded } from "./relation.ts"

export interface PhaseSummary {
  readonly result: PhaseLayer
  /** The next layer is degenerate, which makes the cross-layer correlation meaningless too. */
  readonly nextDegenerate: boolean
}

export interface PhaseInput {
  readonly layer: number
  readonly degenerate: boolean
  readonly nextDegenerate: boolean
  readonly selected: Frequencies
  readonly crossLayer: JointCounts | undefined
  readonly crossToken: JointCounts
}

const most = (counts: ArrayLike<number>, n: number): ReadonlyArray<number> =>
  [...topIndices(counts, n)].filter((expert) => counts[expert]! > 0)

/** Share of the n most selected experts of `a` (fewer where fewer were selected at all) among the n of `b`. */
export const overlap = (a: ArrayLike<number>, b: ArrayLike<number>, n: number): number => {
  const others = new Set(most(b, n))
  const top = most(a, n)
  return top.filter((expert) => others.has(expert)).length / top.length
}

const rho = (joint: JointCounts | undefined): number | null =>
  joint === undefined ? null : heatmapRho(joint.prefill, joint.decode, joint.experts)

/** Compares the phases of one layer; undefined where one of them has no recorded selections. */
export const phaseLayer = (input: PhaseInput): PhaseSummary | undefined => {
  const { layer, degenerate, nextDegenerate, selected } = input
  const { prefill, decode } = selected
  if (!prefill.some((count) => count > 0) || !decode.some((count) => count > 0)) return undefined
  return {
    result: {
      layer,
      degenerate,
      rhoFrequency: spearman(prefill, decode),
      rhoCrossLayer: rho(input.crossLayer),
      rhoCrossToken: rho(input.crossToken),
      overlapTop5: overlap(prefill, decode, 5),
      overlapTop10: overlap(prefill, decode, 10),
      overlapTop20: overlap(prefill, decode, 20)
    },
    nextDegenerate
  }
}

const what = "prefill against decode (Ob3)"

/** Layers and their means, degenerate layers left out; `null` where one phase is missing. */
export const concludePhases = (
  summaries: ReadonlyArray<PhaseSummary>,
  context: TraceContext
): Concluded<PrefillDecode> => {
  const tokens = (phase: "prefillTokens" | "decodeTokens") => context.requests.some((request) => request[phase] > 0)
  const missing = tokens("prefillTokens") ? (tokens("decodeTokens") ? undefined : "decode") : "prefill"
  if (missing !== undefined) return { result: null, notMeasured: [{ what, why: `the trace has no ${missing} tokens` }] }
  if (summaries.length === 0) {
    return { result: null, notMeasured: [{ what, why: "no layer has recorded selections in both phases" }] }
  }
  const usual = summaries.filter(({ result }) => !result.degenerate)
  const of = (pick: (layer: PhaseLayer) => number | null) => meanOfKnown(usual.map(({ result }) => pick(result)))
  const measured = new Set(summaries.map(({ result }) => result.layer))
  const absent = context.layers.filter((layer) => !measured.has(layer))
  return {
    result: {
      layers: summaries.map(({ result }) => result),
      mean: {
        rhoFrequency: of((layer) => layer.rhoFrequency),
        rhoCrossLayer: meanOfKnown(
          usual.map(({ result, nextDegenerate }) => (nextDegenerate ? null : result.rhoCrossLayer))
        ),
        rhoCrossToken: of((layer) => layer.rhoCrossToken),
        overlapTop5: of((layer) => layer.overlapTop5),
        overlapTop10: of((layer) => layer.overlapTop10),
        overlapTop20: of((layer) => layer.overlapTop20)
      }
    },
    notMeasured:
      absent.length === 0
        ? []
        : [{ what: `${what} at layers ${absent.join(", ")}`, why: "no recorded selections in one of the phases" }]
  }
}
