/** Every figure, in the order of the report. A new figure is a file here and a line in this list. */
import type { ResultDocument } from "@moira/results"
import type { Figure, FigureMaker } from "../figure.ts"
import { benchmarkDistances } from "./benchmark-distances.ts"
import { benchmarkExperts } from "./benchmark-experts.ts"
import { cacheHits } from "./cache-hits.ts"
import { countsRho } from "./counts-rho.ts"
import { countsSkew } from "./counts-skew.ts"
import { coverageCdf } from "./coverage-cdf.ts"
import { coverageSummary } from "./coverage-summary.ts"
import { crossLayerCoverage } from "./cross-layer-coverage.ts"
import { crossLayerHeatmaps } from "./cross-layer-heatmaps.ts"
import { crossTokenCoverage } from "./cross-token-coverage.ts"
import { crossTokenHeatmaps } from "./cross-token-heatmaps.ts"
import { diagonalLift } from "./diagonal-lift.ts"
import { energy } from "./energy.ts"
import { expertCacheHits } from "./expert-cache-hits.ts"
import { expertCacheSpeed } from "./expert-cache-speed.ts"
import { expertSharing } from "./expert-sharing.ts"
import { forecastCaches } from "./forecast-caches.ts"
import { forecastLayers } from "./forecast-layers.ts"
import { forecastPositions } from "./forecast-positions.ts"
import { forecastRecall } from "./forecast-recall.ts"
import { hops } from "./hops.ts"
import { hotSetDrift } from "./hot-set-drift.ts"
import { languageDistances } from "./language-distances.ts"
import { languageExperts } from "./language-experts.ts"
import { layerTimes } from "./layer-times.ts"
import { memoryTraffic } from "./memory-traffic.ts"
import { mesh } from "./mesh.ts"
import { pairBlocks } from "./pair-blocks.ts"
import { pairCdf } from "./pair-cdf.ts"
import { pairHeatmaps } from "./pair-heatmaps.ts"
import { pairLayers } from "./pair-layers.ts"
import { placementBalance } from "./placement-balance.ts"
import { placementGrid } from "./placement-grid.ts"
import { placementLoad } from "./placement-load.ts"
import { placementTraffic } from "./placement-traffic.ts"
import { popularityCurve } from "./popularity-curve.ts"
import { popularityHeatmap } from "./popularity-heatmap.ts"
import { positionDrift } from "./position-drift.ts"
import { prefillOverlap } from "./prefill-overlap.ts"
import { prefillRho } from "./prefill-rho.ts"
import { requestDrift } from "./request-drift.ts"
import { sharedExperts } from "./shared-experts.ts"
import { skew } from "./skew.ts"
import { stepTimes } from "./step-times.ts"
import { subjectDistances } from "./subject-distances.ts"
import { subjectExperts } from "./subject-experts.ts"
import { throughput } from "./throughput.ts"
import { unitBusy } from "./unit-busy.ts"

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
