/** The tables on the patterns of a trace, in the order of the report. A new one is a file and a line here. */
import type { TableMaker } from "../../table.ts"
import { blockMembers, blockRows } from "./tables/blocks.ts"
import { positionDriftLayers, positionDriftMeans, requestDriftLayers, requestDriftPairs } from "./tables/drift.ts"
import { pairCurves, pairLayerRows } from "./tables/pairs.ts"
import { phaseLayers, phaseMeans } from "./tables/phases.ts"
import { expertCounts, popularityLayers } from "./tables/popularity.ts"
import { relationCurves, relationLayers, relationMeans } from "./tables/relations.ts"
import { cacheLayers, cacheMeans, reuseDepths } from "./tables/reuse.ts"
import { sharedExpertRows, sharingLayers, sharingMeans } from "./tables/sharing.ts"
import { spatialMeans } from "./tables/spatial-means.ts"
import { taskDistances, taskProfiles } from "./tables/tasks.ts"
import { topNLayers, topNMeans } from "./tables/top-n.ts"

export const analysisTables: ReadonlyArray<TableMaker> = [
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
  spatialMeans,
  popularityLayers,
  expertCounts,
  topNMeans,
  topNLayers,
  sharingMeans,
  sharingLayers,
  sharedExpertRows,
  taskProfiles,
  taskDistances,
  pairLayerRows,
  pairCurves,
  blockRows,
  blockMembers
]
