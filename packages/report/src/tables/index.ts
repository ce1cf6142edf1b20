/** Every table, in the order of the report. A new table is a file here and a line in this list. */
import type { TableMaker } from "../table.ts"
import { linkLoad, unitLoad } from "./load.ts"
import { pairCurves, pairLayerRows } from "./pairs.ts"
import { phaseLayers, phaseMeans } from "./phases.ts"
import { expertCounts, popularityLayers } from "./popularity.ts"
import { relationCurves, relationLayers, relationMeans } from "./relations.ts"
import { runs } from "./runs.ts"
import { spatialMeans } from "./spatial-means.ts"
import { taskDistances, taskProfiles } from "./tasks.ts"
import { layerTimeRows, layerTimesWide, stepTimeRows } from "./times.ts"

export const tables: ReadonlyArray<TableMaker> = [
  runs,
  unitLoad,
  linkLoad,
  layerTimesWide,
  layerTimeRows,
  stepTimeRows,
  relationMeans,
  relationLayers,
  relationCurves,
  phaseMeans,
  phaseLayers,
  spatialMeans,
  popularityLayers,
  expertCounts,
  taskProfiles,
  taskDistances,
  pairLayerRows,
  pairCurves
]
