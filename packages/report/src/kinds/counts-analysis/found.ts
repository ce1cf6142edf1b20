/** What analyses of counts are told by. */
import { type CountsAnalysisDocument, type Evidence, resultKinds } from "@moira/results"

/** The first analysis of counts that the documents hold. */
export const countsOf = (evidence: Evidence): CountsAnalysisDocument | undefined =>
  evidence.of(resultKinds.countsAnalysis)[0]

/** The workload of a counts store whose hottest experts run hottest, in the mean over layers. */
export const hottestWorkload = (evidence: Evidence) =>
  (countsOf(evidence)?.workloads ?? [])
    .flatMap(({ workload, mean }) => (mean === null ? [] : [{ workload, skew: mean.skewMaxOverMean }]))
    .toSorted((a, b) => b.skew - a.skew)[0]
