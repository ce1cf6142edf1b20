/** What analyses of counts are told by. */
import { type CountsAnalysisDocument, countsAnalysisDocuments, type Evidence } from "@moira/results"

/** The first analysis of counts that the documents hold. */
export const countsOf = (evidence: Evidence): CountsAnalysisDocument | undefined =>
  evidence.of(countsAnalysisDocuments)[0]

/** The workload of a counts store whose hottest experts run hottest, in the mean over layers. */
export const hottestWorkload = (evidence: Evidence) =>
  (countsOf(evidence)?.workloads ?? [])
    .flatMap(({ workload, mean }) => (mean === null ? [] : [{ workload, skew: mean.skewMaxOverMean }]))
    .toSorted((a, b) => b.skew - a.skew)[0]
