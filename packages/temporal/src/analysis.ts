/** All temporal relations in one pass, as an analysis that `analyse` runs and threads import. */
import type { Analysis } from "@moira/trace"
import { type TemporalResult } from "@moira/results"
import { temporalAccumulator, type TemporalState } from "./temporal.ts"

const temporal = {
  contract: "analysis/v1",
  id: "temporal",
  kind: { schema: "moira-analysis/1" },
  module: () => import.meta.resolve("@moira/temporal/analysis"),
  accumulator: temporalAccumulator
} satisfies Analysis<TemporalResult, TemporalState>

export default temporal
