/** The one table of metrics that documents, `--help`, reports and the viewer read. */
import { analysisMetrics } from "./analysis.ts"
import { comparisonMetrics } from "./comparison.ts"
import { forecastMetrics } from "./forecast.ts"
import type { Metrics } from "./metric.ts"
import { offloadMetrics } from "./offload.ts"
import { simulationMetrics } from "./simulation.ts"

export const metrics: Metrics = new Map([
  ...simulationMetrics,
  ...analysisMetrics,
  ...forecastMetrics,
  ...offloadMetrics,
  ...comparisonMetrics
])
