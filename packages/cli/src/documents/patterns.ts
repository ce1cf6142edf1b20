/** The flags of `moira analyze` and `moira forecast` as experiment documents. */
import { given } from "@moira/core"
import { type ExperimentDocument, usual } from "@moira/pipeline"
import type { Option } from "effect"
import { field, listed, seedPart, unless, valueOf } from "./parts.ts"

export interface AnalyzeFlags {
  readonly only: "temporal" | "spatial" | "temporal,spatial"
  readonly layers: Option.Option<ReadonlyArray<number>>
  readonly heldOut: number
  readonly seed: number
  readonly with: Option.Option<ReadonlyArray<string>>
}

type Analyze = Extract<ExperimentDocument, { readonly run: "analyze" }>
type Forecast = Extract<ExperimentDocument, { readonly run: "forecast" }>

export const analyzeDocument = (store: string, { only, layers, heldOut, seed, with: own }: AnalyzeFlags): Analyze => ({
  schema: "moira-experiment/1",
  run: "analyze",
  trace: { store },
  ...field("stages", given({ analysis: listed(own) })),
  ...field(
    "options",
    given({
      only: only === "temporal,spatial" ? undefined : only,
      layers: valueOf(layers),
      heldOutShare: unless(usual.heldOutShare, heldOut)
    })
  ),
  ...seedPart(seed)
})

export interface ForecastFlags {
  readonly predictors: Option.Option<ReadonlyArray<string>>
  readonly top: Option.Option<ReadonlyArray<number>>
  readonly cache: Option.Option<ReadonlyArray<number>>
  readonly seed: number
}

export const forecastDocument = (store: string, { predictors, top, cache, seed }: ForecastFlags): Forecast => ({
  schema: "moira-experiment/1",
  run: "forecast",
  trace: { store },
  ...field("stages", given({ predictor: listed(predictors) })),
  ...field("options", given({ top: listed(top), cacheSize: listed(cache) })),
  ...seedPart(seed)
})
