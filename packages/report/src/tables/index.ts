/** Every table, in the order of the report. A new table is a file here and a line in this list. */
import type { TableMaker } from "../table.ts"
import {
  forecastComparisons,
  forecastLayerRows,
  forecastPositionRows,
  forecastRecallRows,
  forecastRows
} from "./forecast.ts"
import { blockMembers, blockRows } from "./blocks.ts"
import { countsLayers, countsMeans, countsPhaseLayers, countsPhaseMeans } from "./counts.ts"
import { expertCacheLayerRows, expertCacheRows } from "./expert-caches.ts"
import { positionDriftLayers, positionDriftMeans, requestDriftLayers, requestDriftPairs } from "./drift.ts"
import { insightEvidence, insightVerdicts } from "./insights.ts"
import { linkLoad, unitLoad } from "./load.ts"
import { pairCurves, pairLayerRows } from "./pairs.ts"
import { phaseLayers, phaseMeans } from "./phases.ts"
import { expertCounts, popularityLayers } from "./popularity.ts"
import { placementLinks, placementRows, placementUnits } from "./placements.ts"
import { relationCurves, relationLayers, relationMeans } from "./relations.ts"
import { cacheLayers, cacheMeans, reuseDepths } from "./reuse.ts"
import { runs } from "./runs.ts"
import { sharedExpertRows, sharingLayers, sharingMeans } from "./sharing.ts"
import { spatialMeans } from "./spatial-means.ts"
import { taskDistances, taskProfiles } from "./tasks.ts"
import { layerTimeRows, layerTimesWide, stepTimeRows } from "./times.ts"
import { topNLayers, topNMeans } from "./top-n.ts"

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
