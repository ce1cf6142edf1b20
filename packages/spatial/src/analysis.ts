/** All spatial relations in one pass, as an analysis that `analyse` runs and threads import. */
import type { Analysis } from "@moira/trace"
import { type SpatialResult } from "@moira/results"
import { spatialAccumulator, type SpatialState } from "./spatial.ts"

const spatial = {
  contract: "analysis/v1",
  id: "spatial",
  kind: { schema: "moira-analysis/1" },
  module: () => import.meta.resolve("@moira/spatial/analysis"),
  accumulator: spatialAccumulator
} satisfies Analysis<SpatialResult, SpatialState>

export default spatial
