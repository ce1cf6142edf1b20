/** Every figure, in the order of the report. A new figure is a file here and a line in this list. */
import type { ResultDocument } from "@moira/results"
import type { Figure, FigureMaker } from "../figure.ts"
import { benchmarkDistances } from "../kinds/analysis/figures/benchmark-distances.ts"
import { benchmarkExperts } from "../kinds/analysis/figures/benchmark-experts.ts"
import { cacheHits } from "../kinds/analysis/figures/cache-hits.ts"
import { countsRho } from "../kinds/counts-analysis/figures/counts-rho.ts"
import { countsSkew } from "../kinds/counts-analysis/figures/counts-skew.ts"
import { coverageCdf } from "../kinds/analysis/figures/coverage-cdf.ts"
import { coverageSummary } from "../kinds/analysis/figures/coverage-summary.ts"
import { crossLayerCoverage } from "../kinds/analysis/figures/cross-layer-coverage.ts"
import { crossLayerHeatmaps } from "../kinds/analysis/figures/cross-layer-heatmaps.ts"
import { crossTokenCoverage } from "../kinds/analysis/figures/cross-token-coverage.ts"
import { crossTokenHeatmaps } from "../kinds/analysis/figures/cross-token-heatmaps.ts"
import { diagonalLift } from "../kinds/analysis/figures/diagonal-lift.ts"
import { energy } from "../kinds/simulation/figures/energy.ts"
import { expertCacheHits } from "../kinds/offload/figures/expert-cache-hits.ts"
import { expertCacheSpeed } from "../kinds/offload/figures/expert-cache-speed.ts"
import { expertSharing } from "../kinds/analysis/figures/expert-sharing.ts"
import { forecastCaches } from "../kinds/forecast/figures/forecast-caches.ts"
import { forecastLayers } from "../kinds/forecast/figures/forecast-layers.ts"
import { forecastPositions } from "../kinds/forecast/figures/forecast-positions.ts"
import { forecastRecall } from "../kinds/forecast/figures/forecast-recall.ts"
import { hops } from "../kinds/simulation/figures/hops.ts"
import { hotSetDrift } from "../kinds/analysis/figures/hot-set-drift.ts"
import { languageDistances } from "../kinds/analysis/figures/language-distances.ts"
import { languageExperts } from "../kinds/analysis/figures/language-experts.ts"
import { layerTimes } from "../kinds/simulation/figures/layer-times.ts"
import { memoryTraffic } from "../kinds/simulation/figures/memory-traffic.ts"
import { mesh } from "../kinds/simulation/figures/mesh.ts"
import { pairBlocks } from "../kinds/analysis/figures/pair-blocks.ts"
import { pairCdf } from "../kinds/analysis/figures/pair-cdf.ts"
import { pairHeatmaps } from "../kinds/analysis/figures/pair-heatmaps.ts"
import { pairLayers } from "../kinds/analysis/figures/pair-layers.ts"
import { placementBalance } from "../kinds/place/figures/placement-balance.ts"
import { placementGrid } from "../kinds/place/figures/placement-grid.ts"
import { placementLoad } from "../kinds/place/figures/placement-load.ts"
import { placementTraffic } from "../kinds/place/figures/placement-traffic.ts"
import { popularityCurve } from "../kinds/analysis/figures/popularity-curve.ts"
import { popularityHeatmap } from "../kinds/analysis/figures/popularity-heatmap.ts"
import { positionDrift } from "../kinds/analysis/figures/position-drift.ts"
import { prefillOverlap } from "../kinds/analysis/figures/prefill-overlap.ts"
import { prefillRho } from "../kinds/analysis/figures/prefill-rho.ts"
import { requestDrift } from "../kinds/analysis/figures/request-drift.ts"
import { sharedExperts } from "../kinds/analysis/figures/shared-experts.ts"
import { skew } from "../kinds/analysis/figures/skew.ts"
import { stepTimes } from "../kinds/simulation/figures/step-times.ts"
import { subjectDistances } from "../kinds/analysis/figures/subject-distances.ts"
import { subjectExperts } from "../kinds/analysis/figures/subject-experts.ts"
import { throughput } from "../kinds/simulation/figures/throughput.ts"
import { unitBusy } from "../kinds/simulation/figures/unit-busy.ts"

export const figures: ReadonlyArray<FigureMaker> = [
  throughput,
  hops,
  memoryTraffic,
  energy,
  mesh,
  unitBusy,
  layerTimes,
  stepTimes,
  placementLoad,
  placementBalance,
  placementGrid,
  placementTraffic,
  expertCacheHits,
  expertCacheSpeed,
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
  countsRho,
  skew,
  popularityCurve,
  popularityHeatmap,
  countsSkew,
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
  pairBlocks,
  forecastRecall,
  forecastLayers,
  forecastPositions,
  forecastCaches
]

/** Figures that documents of one trace can fill, in order. */
export const drawFigures = (
  documents: ReadonlyArray<ResultDocument>
): ReadonlyArray<Figure & Pick<FigureMaker, "section">> =>
  figures.flatMap(({ section, draw }) => {
    const drawn = draw(documents)
    return drawn === undefined ? [] : [{ ...drawn, section }]
  })
