/** What judges an insight, and the pieces that judges share. */
import type {
  AnalysisDocument,
  Coverage,
  InsightEvidence,
  Insight,
  NotMeasured,
  PopularityLayer,
  Verdict
} from "@moira/results"

/** Measured facts of a claim, or why they could not be measured. */
export interface Judged {
  readonly verdict: Verdict
  readonly because: string
  readonly evidence: ReadonlyArray<InsightEvidence>
  readonly parameter: Insight["parameter"]
}

/** One file an insight: the study's claim, and a pure function that judges it on an analysis. */
export interface InsightJudge {
  readonly number: number
  readonly title: string
  readonly claim: string
  readonly observations: ReadonlyArray<string>
  /** `units` are the unit counts that placement is judged for; the first decides. */
  readonly judge: (document: AnalysisDocument, units: ReadonlyArray<number>) => Judged
}

export const untestable = (because: string): Judged => ({
  verdict: "not testable",
  because,
  evidence: [],
  parameter: null
})

/** Why the analysis says that it lacks something; `missing` where it does not say. */
export const reasonOf = (gaps: ReadonlyArray<NotMeasured>, about: RegExp, missing: string): string =>
  gaps.find(({ what }) => about.test(what))?.why ?? missing

/** The verdict that the weakest of some figures allows: each with its bars. */
export const verdictOf = (
  figures: ReadonlyArray<{
    readonly value: number
    readonly bar: { readonly supported: number; readonly weak: number }
  }>
): Exclude<Verdict, "not testable"> => {
  if (figures.every(({ value, bar }) => value >= bar.supported)) return "supported"
  return figures.every(({ value, bar }) => value >= bar.weak) ? "weak" : "not supported"
}

/** Held-out coverage over popularity, at the low end of its interval; the figure itself where there is none. */
export const sureLift = ({ heldOut, interval, popularity }: Coverage): number | null =>
  heldOut === null || popularity === null ? null : (interval?.[0] ?? heldOut) - popularity

/** The same from some tasks to others, where there are several. */
const acrossEvidence = (what: string, { acrossTasks }: Coverage, against: string): ReadonlyArray<InsightEvidence> =>
  acrossTasks === undefined
    ? []
    : [
        {
          what: `${what.replace(/,? held out$/, "")}, chosen on half of the ${acrossTasks.tasks} tasks and judged on the others`,
          unit: "share",
          value: acrossTasks.heldOut,
          interval: null,
          against: acrossTasks.popularity === null ? null : { what: against, value: acrossTasks.popularity }
        }
      ]

export const coverageEvidence = (what: string, coverage: Coverage, against: string): ReadonlyArray<InsightEvidence> =>
  coverage.heldOut === null
    ? []
    : [
        {
          what,
          unit: "share",
          value: coverage.heldOut,
          interval: coverage.interval,
          against: coverage.popularity === null ? null : { what: against, value: coverage.popularity }
        },
        ...acrossEvidence(what, coverage, against)
      ]

/** Layers that route: none where one expert takes nearly all, none without selections. */
export const routingLayers = (layers: ReadonlyArray<PopularityLayer>): ReadonlyArray<PopularityLayer> =>
  layers.filter(({ degenerate, counts }) => !degenerate && counts.some((count) => count > 0))

export const percentText = (share: number): string => `${(100 * share).toFixed(1)} %`
export const pointsText = (share: number): string =>
  `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)} points`
