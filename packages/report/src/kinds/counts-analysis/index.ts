/** Chapters on counts of experts without tokens. */
import { resultKinds } from "@moira/results"
import { percent } from "../../format.ts"
import { listed } from "../../provenance.ts"
import type { ReportedKind } from "../../reported-kind.ts"
import { hottestMessage } from "../analysis/headlines.ts"
import { phasesSection, spatialSection } from "../analysis/sections.ts"
import { countsRho } from "./figures/counts-rho.ts"
import { countsSkew } from "./figures/counts-skew.ts"
import { countsOf, hottestWorkload } from "./found.ts"
import { counts } from "./headlines.ts"
import { countsLayers, countsMeans, countsPhaseLayers, countsPhaseMeans } from "./tables/counts.ts"

const countsAnalysis = {
  ...resultKinds.countsAnalysis,
  order: 600,
  sections: [phasesSection, spatialSection],
  figures: [countsRho, countsSkew],
  tables: [countsPhaseMeans, countsPhaseLayers, countsMeans, countsLayers],
  headlines: [{ order: 700, of: counts }],
  messages: [{ order: 700, of: (evidence, title) => hottestMessage(title, hottestWorkload(evidence)?.skew) }],
  // Counts say themselves what they cannot answer.
  notMeasured: { order: 200, of: (evidence) => countsOf(evidence)?.notMeasured ?? [] },
  origins: {
    order: 110,
    of: (evidence) => {
      const documents = evidence.of(resultKinds.countsAnalysis)
      return documents.length === 0
        ? []
        : [
            { name: "Analysis seed", value: listed(documents.map(({ seed }) => String(seed))) },
            {
              name: "Recorded steps held out",
              value: listed(documents.map(({ heldOutShare }) => percent(heldOutShare, 0)))
            }
          ]
    }
  },
  metricsShown: (evidence) => {
    const document = countsOf(evidence)
    return [
      ...((document?.phases?.length ?? 0) > 0
        ? ["spearman_rho", "overlap_top5", "overlap_top10", "overlap_top20"]
        : []),
      ...((document?.workloads ?? null) === null ? [] : ["skew_max_over_mean", "gini", "entropy_bits"])
    ]
  }
} satisfies ReportedKind

export default countsAnalysis
