/** What predictors are judged by. */
import { metric, type Metrics } from "./metric.ts"

export const forecastMetrics: Metrics = new Map([
  metric(
    "recall_at_k",
    "Recall at k",
    "1",
    "higher",
    "share of decode selections among the k experts that a predictor puts first, on requests it has not seen"
  )
])
