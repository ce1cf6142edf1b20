/** Training for those who use a forecast: simulators, caches, prefetchers. */
import {
  accumulate,
  type Accumulator,
  layerwise,
  type LayerwiseState,
  traceContext,
  type TraceContext
} from "@moira/trace"
import { Effect } from "effect"
import { surfacePluginFaults } from "@moira/core"
import { trainLayer } from "./checked-predictor.ts"
import { ofRole } from "./evaluation/settings.ts"
import { chunkRows } from "./evaluation/targets.ts"
import type { LayerForecaster, Predictor } from "./predictor.ts"
import { role, rolesOfRequests } from "./roles.ts"
import { type Tasks, tasksOf } from "./tasks.ts"

/** A predictor trained for every MoE layer of a model. */
export interface TrainedForecast {
  readonly predictor: Predictor
  readonly experts: number
  readonly topK: number
  /** Tasks by number, for `begin`. */
  readonly tasks: Tasks
  /** By layer index. */
  readonly layers: ReadonlyArray<LayerForecaster>
}

export interface TrainOptions {
  /**
   * Role of each request; those with the role `test` are not looked at. When left out, a fifth of all requests
   * validates and the rest trains: then nothing is left to judge the forecast on.
   */
  readonly roles?: Uint8Array
  readonly seed?: number
}

interface TrainedLayer {
  readonly layerIndex: number
  readonly forecaster: LayerForecaster
}

/** Training as an accumulator: in memory of two layers, and the same for any chunking and merge order. */
const training = (
  context: TraceContext,
  predictor: Predictor,
  options: TrainOptions = {}
): Accumulator<LayerwiseState<ReadonlyArray<TrainedLayer>>, TrainedForecast> => {
  const { experts, topK } = context.model
  const tasks = tasksOf(context.requests)
  const roles =
    options.roles ?? rolesOfRequests(context.requests, { seed: options.seed ?? 1, validation: 0.2, test: 0 })
  return layerwise<ReadonlyArray<TrainedLayer>, TrainedForecast>(context, {
    id: `forecast.${predictor.id}`,
    summarise: (at, chunks) =>
      chunkRows(at, chunks).map(([layerIndex, rows]) => {
        const setup = { layerIndex, experts, topK, tasks }
        const [train, validation] = [ofRole(rows, roles, role.train), ofRole(rows, roles, role.validation)]
        return { layerIndex, forecaster: trainLayer(predictor, setup, train, validation) }
      }),
    thin: () => undefined,
    conclude: (layers) => ({
      predictor,
      experts,
      topK,
      tasks,
      layers: layers
        .flat()
        .toSorted((a, b) => a.layerIndex - b.layerIndex)
        .map(({ forecaster }) => forecaster)
    })
  })
}

/** Trains a predictor on the provided trace. */
export const trainForecast = Effect.fn("forecast.train")(function* (predictor: Predictor, options: TrainOptions = {}) {
  const context = yield* traceContext
  const { trained } = yield* surfacePluginFaults(accumulate({ trained: training(context, predictor, options) }))
  return trained
})
