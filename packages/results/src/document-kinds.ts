/** The kinds of result that Moira's own commands write. */
import { AdviceDocument } from "./advice.ts"
import { AnalysisDocument } from "./analysis/document.ts"
import { ComparisonDocument } from "./comparison.ts"
import { CountsAnalysisDocument } from "./counts.ts"
import { ForecastDocument } from "./forecast.ts"
import { InsightsDocument } from "./insights.ts"
import { resultContract, type ResultKind } from "./kind.ts"
import { analysisMetrics } from "./metrics/analysis.ts"
import { comparisonMetrics } from "./metrics/comparison.ts"
import { forecastMetrics } from "./metrics/forecast.ts"
import { offloadMetrics } from "./metrics/offload.ts"
import { simulationMetrics } from "./metrics/simulation.ts"
import { OffloadDocument } from "./offload.ts"
import { PlaceDocument } from "./place.ts"
import { SimulationDocument } from "./simulation-document.ts"

const contract = resultContract

/** Patterns of a trace: `moira analyze`. */
const analysis: ResultKind<AnalysisDocument> = {
  contract,
  id: "analysis",
  schema: AnalysisDocument.fields.schema.literal,
  document: AnalysisDocument,
  metrics: analysisMetrics
}

/** Patterns of counts: `moira analyze` of a counts store. */
const countsAnalysis: ResultKind<CountsAnalysisDocument> = {
  contract,
  id: "counts-analysis",
  schema: CountsAnalysisDocument.fields.schema.literal,
  document: CountsAnalysisDocument,
  metrics: analysisMetrics
}

/** Strategies on machines: `moira simulate`. */
const simulation: ResultKind<SimulationDocument> = {
  contract,
  id: "simulation",
  schema: SimulationDocument.fields.schema.literal,
  document: SimulationDocument,
  metrics: simulationMetrics
}

/** Where experts lie: `moira place`. */
const place: ResultKind<PlaceDocument> = {
  contract,
  id: "place",
  schema: PlaceDocument.fields.schema.literal,
  document: PlaceDocument,
  metrics: new Map()
}

/** Caches of experts: `moira simulate` on a machine with memory behind the unit. */
const offload: ResultKind<OffloadDocument> = {
  contract,
  id: "offload",
  schema: OffloadDocument.fields.schema.literal,
  document: OffloadDocument,
  metrics: new Map([...simulationMetrics, ...offloadMetrics])
}

/** Predictors: `moira forecast`. */
const forecast: ResultKind<ForecastDocument> = {
  contract,
  id: "forecast",
  schema: ForecastDocument.fields.schema.literal,
  document: ForecastDocument,
  metrics: forecastMetrics
}

/** The study's insights: `moira insights`. */
const insights: ResultKind<InsightsDocument> = {
  contract,
  id: "insights",
  schema: InsightsDocument.fields.schema.literal,
  document: InsightsDocument,
  metrics: new Map()
}

/** Whether to balance: `moira advise`. */
const advice: ResultKind<AdviceDocument> = {
  contract,
  id: "advice",
  schema: AdviceDocument.fields.schema.literal,
  document: AdviceDocument,
  metrics: simulationMetrics
}

/** Machines and strategies side by side: `moira compare`. */
const comparison: ResultKind<ComparisonDocument> = {
  contract,
  id: "comparison",
  schema: ComparisonDocument.fields.schema.literal,
  document: ComparisonDocument,
  metrics: new Map([...simulationMetrics, ...offloadMetrics, ...comparisonMetrics])
}

/** The kinds of result of Moira's own commands. */
export const resultKinds = {
  advice,
  analysis,
  comparison,
  countsAnalysis,
  forecast,
  insights,
  offload,
  place,
  simulation
}
