/** The figures on the patterns of a trace, in the order of the report. A new one is a file and a line here. */
import type { FigureMaker } from "../../figure.ts"
import { benchmarkDistances } from "./figures/benchmark-distances.ts"
import { benchmarkExperts } from "./figures/benchmark-experts.ts"
import { cacheHits } from "./figures/cache-hits.ts"
import { coverageCdf } from "./figures/coverage-cdf.ts"
import { coverageSummary } from "./figures/coverage-summary.ts"
import { crossLayerCoverage } from "./figures/cross-layer-coverage.ts"
import { crossLayerHeatmaps } from "./figures/cross-layer-heatmaps.ts"
import { crossTokenCoverage } from "./figures/cross-token-coverage.ts"
import { crossTokenHeatmaps } from "./figures/cross-token-heatmaps.ts"
import { diagonalLift } from "./figures/diagonal-lift.ts"
import { expertSharing } from "./figures/expert-sharing.ts"
import { hotSetDrift } from "./figures/hot-set-drift.ts"
import { languageDistances } from "./figures/language-distances.ts"
import { languageExperts } from "./figures/language-experts.ts"
import { pairBlocks } from "./figures/pair-blocks.ts"
import { pairCdf } from "./figures/pair-cdf.ts"
import { pairHeatmaps } from "./figures/pair-heatmaps.ts"
import { pairLayers } from "./figures/pair-layers.ts"
import { popularityCurve } from "./figures/popularity-curve.ts"
import { popularityHeatmap } from "./figures/popularity-heatmap.ts"
import { positionDrift } from "./figures/position-drift.ts"
import { prefillOverlap } from "./figures/prefill-overlap.ts"
import { prefillRho } from "./figures/prefill-rho.ts"
import { requestDrift } from "./figures/request-drift.ts"
import { sharedExperts } from "./figures/shared-experts.ts"
import { skew } from "./figures/skew.ts"
import { subjectDistances } from "./figures/subject-distances.ts"
import { subjectExperts } from "./figures/subject-experts.ts"

export const analysisFigures: ReadonlyArray<FigureMaker> = [
  coverageSummary,
  crossLayerCoverage,
  crossTokenCoverage,
  crossLayerHeatmaps,
  crossTokenHeatmaps,
  diagonalLift,
  coverageCdf,
  positionDrift,
  hotSetDrift,
  requestDrift,
  cacheHits,
  prefillRho,
  prefillOverlap,
  skew,
  popularityCurve,
  popularityHeatmap,
  sharedExperts,
  expertSharing,
  subjectExperts,
  subjectDistances,
  languageExperts,
  languageDistances,
  benchmarkExperts,
  benchmarkDistances,
  pairCdf,
  pairLayers,
  pairHeatmaps,
  pairBlocks
]
