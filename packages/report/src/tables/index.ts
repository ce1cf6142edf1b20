/** Every table, in the order of the report. A new table is a file here and a line in this list. */
import type { TableMaker } from "../table.ts"
import {
  forecastComparisons,
  forecastLayerRows,
  forecastPositionRows,
  forecastRecallRows,
  forecastRows
} from "../kinds/forecast/tables/forecast.ts"
import { blockMembers, blockRows } from "../kinds/analysis/tables/blocks.ts"
import {
  countsLayers,
  countsMeans,
  countsPhaseLayers,
  countsPhaseMeans
} from "../kinds/counts-analysis/tables/counts.ts"
import { expertCacheLayerRows, expertCacheRows } from "../kinds/offload/tables/expert-caches.ts"
import {
  positionDriftLayers,
  positionDriftMeans,
  requestDriftLayers,
  requestDriftPairs
} from "../kinds/analysis/tables/drift.ts"
import { insightEvidence, insightVerdicts } from "../kinds/insights/tables/insights.ts"
import { linkLoad, unitLoad } from "../kinds/simulation/tables/load.ts"
import { pairCurves, pairLayerRows } from "../kinds/analysis/tables/pairs.ts"
import { phaseLayers, phaseMeans } from "../kinds/analysis/tables/phases.ts"
import { expertCounts, popularityLayers } from "../kinds/analysis/tables/popularity.ts"
import { placementLinks, placementRows, placementUnits } from "../kinds/place/tables/placements.ts"
import { relationCurves, relationLayers, relationMeans } from "../kinds/analysis/tables/relations.ts"
import { cacheLayers, cacheMeans, reuseDepths } from "../kinds/analysis/tables/reuse.ts"
import { runs } from "../kinds/simulation/tables/runs.ts"
import { sharedExpertRows, sharingLayers, sharingMeans } from "../kinds/analysis/tables/sharing.ts"
import { spatialMeans } from "../kinds/analysis/tables/spatial-means.ts"
import { taskDistances, taskProfiles } from "../kinds/analysis/tables/tasks.ts"
import { layerTimeRows, layerTimesWide, stepTimeRows } from "../kinds/simulation/tables/times.ts"
import { topNLayers, topNMeans } from "../kinds/analysis/tables/top-n.ts"

export const tables: ReadonlyArray<TableMaker> = [
  runs,
  unitLoad,
  linkLoad,
  layerTimesWide,
  layerTimeRows,
  stepTimeRows,
  placementRows,
  placementUnits,
  placementLinks,
  expertCacheRows,
  expertCacheLayerRows,
  insightVerdicts,
  insightEvidence,
  relationMeans,
  relationLayers,
  relationCurves,
  positionDriftMeans,
  positionDriftLayers,
  requestDriftPairs,
  requestDriftLayers,
  cacheMeans,
  cacheLayers,
  reuseDepths,
  phaseMeans,
  phaseLayers,
  countsPhaseMeans,
  countsPhaseLayers,
  spatialMeans,
  popularityLayers,
  expertCounts,
  topNMeans,
  topNLayers,
  countsMeans,
  countsLayers,
  sharingMeans,
  sharingLayers,
  sharedExpertRows,
  taskProfiles,
  taskDistances,
  pairLayerRows,
  pairCurves,
  blockRows,
  blockMembers,
  forecastRows,
  forecastRecallRows,
  forecastComparisons,
  forecastLayerRows,
  forecastPositionRows
]
