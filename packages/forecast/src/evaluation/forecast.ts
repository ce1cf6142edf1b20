/** The evaluation of predictors as one accumulator: a layer at a time, trained, fitted and judged. */
import { type Accumulator, layerwise, type LayerwiseState, type TraceContext } from "@moira/trace"
import { type ForecastResult } from "@moira/results"
import type { LayerRows } from "../predictor.ts"
import { conclude } from "./conclude.ts"
import { judgeLayer, type LayerSummary } from "./layer.ts"
import { type ForecastOptions, settingsFor } from "./settings.ts"
import { chunkRows } from "./targets.ts"

export type ForecastState = LayerwiseState<ReadonlyArray<LayerSummary>>

/**
 * Trains every predictor on some requests, fits combinations on others and judges all on the rest, layer by layer, in
 * memory of two layers. Any chunking and merge order gives the same result.
 */
export const forecast = (
  context: TraceContext,
  options: ForecastOptions
): Accumulator<ForecastState, ForecastResult> => {
  const settings = settingsFor(context, options)
  const { experts, topK } = context.model
  const judge = (layerIndex: number, rows: ReadonlyArray<LayerRows>) =>
    judgeLayer(rows, { layerIndex, experts, topK, tasks: settings.tasks }, settings)
  return layerwise<ReadonlyArray<LayerSummary>, ForecastResult>(context, {
    id: "forecast",
    summarise: (layerIndex, chunks) => chunkRows(layerIndex, chunks).map(([target, rows]) => judge(target, rows)),
    thin: () => undefined,
    conclude: (summaries) => conclude(summaries.flat(), context, settings)
  })
}
