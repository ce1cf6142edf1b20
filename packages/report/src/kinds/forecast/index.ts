/** Chapters on predictors. */
import { resultKinds } from "@moira/results"
import { of } from "../../not-measured.ts"
import type { ReportedKind } from "../../reported-kind.ts"
import { forecastCaches } from "./figures/forecast-caches.ts"
import { forecastLayers } from "./figures/forecast-layers.ts"
import { forecastPositions } from "./figures/forecast-positions.ts"
import { forecastRecall } from "./figures/forecast-recall.ts"
import { forecastOf } from "./forecasts.ts"
import { forecast as headlines, forecastMessage } from "./headlines.ts"
import {
  forecastComparisons,
  forecastLayerRows,
  forecastPositionRows,
  forecastRecallRows,
  forecastRows
} from "./tables/forecast.ts"

const forecast = {
  ...resultKinds.forecast,
  order: 700,
  sections: [
    {
      id: "forecast",
      order: 1000,
      title: "Forecasts",
      lead:
        "What predictors make of the patterns on requests that they have not seen: trained on some requests, fitted on " +
        "others, judged on the rest."
    }
  ],
  figures: [forecastRecall, forecastLayers, forecastPositions, forecastCaches],
  tables: [forecastRows, forecastRecallRows, forecastComparisons, forecastLayerRows, forecastPositionRows],
  headlines: [{ order: 500, of: headlines }],
  messages: [{ order: 300, of: forecastMessage }],
  notMeasured: { order: 300, of: (evidence) => of("Forecast", forecastOf(evidence)?.notMeasured) }
} satisfies ReportedKind

export default forecast
