/** Ob3: how alike prefill and decode are, at one layer and over all of them. */
import { type PhaseCeiling, type PhaseLayer, type PrefillDecode } from "@moira/results"
import { substream } from "@moira/core"
import { type TraceContext } from "@moira/trace"
import { meanOfKnown, spearman } from "@moira/core/statistics"
import { frequencyCeiling, heatmapAgreement } from "./ceiling.ts"
import type { Frequencies } from "./frequencies.ts"
import type { JointCounts } from "./joint.ts"
import { overlaps } from "./overlap.ts"
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
  readonly seed: number
}

/** Of one relation: how alike its heatmaps are, and what the size of the smaller phase allows. */
const agreementOf = ({ layer, seed }: PhaseInput, joint: JointCounts | undefined, name: string) =>
  joint === undefined
    ? { rho: null, ceiling: null }
    : heatmapAgreement(joint.prefill, joint.decode, joint.experts, substream(seed, name, layer))

/** Compares the phases of one layer; undefined where one of them has no recorded selections. */
export const phaseLayer = (input: PhaseInput): PhaseSummary | undefined => {
  const { layer, degenerate, nextDegenerate, selected } = input
  const { prefill, decode } = selected
  if (!prefill.some((count) => count > 0) || !decode.some((count) => count > 0)) return undefined
  const ofLayers = agreementOf(input, input.crossLayer, "cross-layer")
  const ofTokens = agreementOf(input, input.crossToken, "cross-token")
  const [overlapTop5, overlapTop10, overlapTop20] = overlaps(prefill, decode, [5, 10, 20]) as [number, number, number]
  return {
    result: {
      layer,
      degenerate,
      rhoFrequency: spearman(prefill, decode),
      rhoCrossLayer: ofLayers.rho,
      rhoCrossToken: ofTokens.rho,
      overlapTop5,
      overlapTop10,
      overlapTop20,
      ceiling: {
        ...frequencyCeiling(prefill, decode, substream(input.seed, "frequencies", layer)),
        rhoCrossLayer: ofLayers.ceiling,
        rhoCrossToken: ofTokens.ceiling
      }
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
  type Figures = Omit<PhaseLayer, "layer" | "degenerate" | "ceiling"> | PhaseCeiling
  const means = (figures: (layer: PhaseLayer) => Figures | undefined): PhaseCeiling => {
    const of = (pick: (of: Figures) => number | null, among = usual) =>
      meanOfKnown(among.flatMap(({ result }) => figures(result) ?? []).map(pick))
    const routing = usual.filter(({ nextDegenerate }) => !nextDegenerate)
    return {
      rhoFrequency: of(({ rhoFrequency }) => rhoFrequency),
      rhoCrossLayer: of(({ rhoCrossLayer }) => rhoCrossLayer, routing),
      rhoCrossToken: of(({ rhoCrossToken }) => rhoCrossToken),
      overlapTop5: of(({ overlapTop5 }) => overlapTop5),
      overlapTop10: of(({ overlapTop10 }) => overlapTop10),
      overlapTop20: of(({ overlapTop20 }) => overlapTop20)
    }
  }
  const measured = new Set(summaries.map(({ result }) => result.layer))
  const absent = context.layers.filter((layer) => !measured.has(layer))
  return {
    result: {
      layers: summaries.map(({ result }) => result),
      mean: { ...means((layer) => layer), ceiling: means(({ ceiling }) => ceiling) }
    },
    notMeasured:
      absent.length === 0
        ? []
        : [{ what: `${what} at layers ${absent.join(", ")}`, why: "no recorded selections in one of the phases" }]
  }
}
