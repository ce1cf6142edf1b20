/** Chapters on the patterns of a trace. */
import { resultKinds } from "@moira/results"
import { percent } from "../../format.ts"
import { absent } from "../../not-measured.ts"
import { listed } from "../../provenance.ts"
import type { ReportedKind } from "../../reported-kind.ts"
import { analysisFigures } from "./figures.ts"
import { spatialOf, temporalOf } from "./found.ts"
import { hottestMessage, spatialHeadlines, temporalHeadlines, temporalMessage } from "./headlines.ts"
import { phasesSection, spatialSection } from "./sections.ts"
import { analysisTables } from "./tables.ts"

const analysis = {
  ...resultKinds.analysis,
  order: 500,
  sections: [
    {
      id: "temporal",
      order: 700,
      title: "Temporal patterns",
      lead:
        "What one selection foretells of the next. Held-out figures lead: candidates are chosen on one half of the " +
        "requests and counted on the other. In-sample figures are there to compare with the study."
    },
    phasesSection,
    spatialSection
  ],
  figures: analysisFigures,
  tables: analysisTables,
  headlines: [
    { order: 200, of: temporalHeadlines },
    { order: 600, of: spatialHeadlines }
  ],
  messages: [
    { order: 200, of: temporalMessage },
    {
      order: 600,
      of: (evidence, title) => hottestMessage(title, spatialOf(evidence)?.popularity.mean?.skewMaxOverMean)
    }
  ],
  notMeasured: {
    order: 200,
    of: (evidence) => [
      ...(temporalOf(evidence)?.notMeasured ?? absent(evidence, "Temporal analysis", "`moira analyze`")),
      ...(spatialOf(evidence)?.notMeasured ?? absent(evidence, "Spatial analysis", "`moira analyze`"))
    ]
  },
  origins: {
    order: 100,
    of: (evidence) => {
      const documents = evidence.of(resultKinds.analysis)
      return documents.length === 0
        ? []
        : [
            { name: "Analysis seed", value: listed(documents.map(({ seed }) => String(seed))) },
            {
              name: "Requests held out",
              value: listed(documents.map(({ heldOutShare }) => percent(heldOutShare, 0)))
            }
          ]
    }
  },
  metricsShown: (evidence) => {
    const [temporal, spatial] = [temporalOf(evidence), spatialOf(evidence)]
    const relations = temporal !== undefined && (temporal.crossLayer !== null || temporal.crossToken !== null)
    return [
      ...(relations
        ? ["coverage_top20_held_out", "coverage_top20_across_tasks", "coverage_top20_popularity", "coverage_top20"]
        : []),
      ...(temporal?.prefillDecode ? ["spearman_rho", "overlap_top5", "overlap_top10", "overlap_top20"] : []),
      ...(spatial === undefined ? [] : ["skew_max_over_mean", "gini", "entropy_bits"]),
      ...(spatial === undefined || spatial.distances.length === 0 ? [] : ["jensen_shannon_distance"]),
      ...(spatial?.pairs
        ? ["coactivation_over_random", "coactivation_top10_share", "block_contrast", "adjusted_rand"]
        : [])
    ]
  }
} satisfies ReportedKind

export default analysis
