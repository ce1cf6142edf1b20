/** The study's six insights. A new one is a file here and a line in this list. */
import { type AnalysisDocument, type Insight, type InsightsDocument } from "@moira/results"
import { version } from "@moira/core"
import type { Judged, InsightJudge } from "./insight.ts"
import { memoryHierarchy } from "./memory-hierarchy.ts"
import { pairSeparation } from "./pair-separation.ts"
import { placedWork } from "./placed-work.ts"
import { popularExperts } from "./popular-experts.ts"
import { prefillPrediction } from "./prefill-prediction.ts"
import { minJudges, units as usualUnits } from "./thresholds.ts"
import { workloadAware } from "./workload-aware.ts"

const judges: ReadonlyArray<InsightJudge> = [
  prefillPrediction,
  memoryHierarchy,
  placedWork,
  popularExperts,
  pairSeparation,
  workloadAware
]

/** Few held-out requests prove little either way: nothing is called supported on them, and every verdict says so. */
const tempered = (judged: Judged, { input, heldOutShare }: AnalysisDocument): Judged => {
  const { requests, independentUnits: samples = requests } = input
  const judging = Math.min(samples - 1, Math.max(1, Math.round(heldOutShare * samples)))
  if (judged.verdict === "not testable" || judging >= minJudges) return judged
  return {
    ...judged,
    verdict: judged.verdict === "supported" ? "weak" : judged.verdict,
    because: `${judged.because}; ${judging} held-out ${samples < requests ? "groups of requests" : "requests"} are too few to be sure`
  }
}

/** Each insight judged on an analysis; placement for each of `units`, of which the first decides. */
export const insightsOf = (
  document: AnalysisDocument,
  units: ReadonlyArray<number> = usualUnits
): ReadonlyArray<Insight> =>
  judges.map(({ judge, number, title, claim, observations }) => ({
    number,
    title,
    claim,
    observations,
    ...tempered(judge(document, units), document)
  }))

/** The insights as a document of their own. */
export const insightsDocument = (document: AnalysisDocument, units?: ReadonlyArray<number>): InsightsDocument => ({
  schema: "moira-insights/1",
  moira: version,
  input: document.input,
  seed: document.seed,
  heldOutShare: document.heldOutShare,
  insights: insightsOf(document, units)
})
