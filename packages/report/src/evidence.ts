/** What the given documents say, sorted by the trace they speak of. */
import type {
  AnalysisDocument,
  CountsAnalysisDocument,
  CountsInput,
  ForecastResult,
  Input,
  NotMeasured,
  PlaceResult,
  OffloadResult,
  ResultDocument,
  RunResult,
  SimulationDocument,
  SpatialResult,
  TemporalResult
} from "@moira/results"

/** One trace and every document about it. */
export interface Subject {
  /** Part of file names and anchors; unique among the subjects of a report. */
  readonly slug: string
  readonly input: Input | CountsInput
  readonly documents: ReadonlyArray<ResultDocument>
}

export const isAnalysis = (document: ResultDocument): document is AnalysisDocument =>
  document.schema === "moira-analysis/1"
export const isCounts = (document: ResultDocument): document is CountsAnalysisDocument =>
  document.schema === "moira-counts-analysis/1"
/** What a reader calls the subject; counts need not say their model. */
export const titleOf = (input: Input | CountsInput): string => input.title ?? "counts of experts"
/** Whether a subject is counts, which have neither requests nor tokens. */
export const isCountsInput = (input: Input | CountsInput): input is CountsInput => "workloads" in input
export const isSimulation = (document: ResultDocument): document is SimulationDocument =>
  document.schema === "moira-simulation/1"

const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "") || "trace"

/** Documents grouped by the trace they were computed from, in order of first appearance. */
export const subjectsOf = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Subject> => {
  const groups = [...Map.groupBy(documents, ({ input }) => JSON.stringify([input.model, input.contentSha256])).values()]
  const slugs = groups.map((group) => slugOf(group[0]!.input.model ?? "counts"))
  return groups.map((group, i) => {
    const same = slugs.slice(0, i).filter((slug) => slug === slugs[i]).length
    return {
      slug: same === 0 ? slugs[i]! : `${slugs[i]!}-${same + 1}`,
      input: group[0]!.input,
      documents: group
    }
  })
}

/** The first analysis of time that the documents hold. */
export const temporalOf = (documents: ReadonlyArray<ResultDocument>): TemporalResult | undefined =>
  documents.filter(isAnalysis).find((d) => d.temporal !== null)?.temporal ?? undefined

/** The first analysis of space that the documents hold. */
export const spatialOf = (documents: ReadonlyArray<ResultDocument>): SpatialResult | undefined =>
  documents.filter(isAnalysis).find((d) => d.spatial !== null)?.spatial ?? undefined

/** The first analysis of counts that the documents hold. */
export const countsOf = (documents: ReadonlyArray<ResultDocument>): CountsAnalysisDocument | undefined =>
  documents.find(isCounts)

/** The first evaluation of predictors that the documents hold. */
export const forecastOf = (documents: ReadonlyArray<ResultDocument>): ForecastResult | undefined =>
  documents.flatMap((d) => (d.schema === "moira-forecast/1" ? [d.forecast] : []))[0]

/** The first comparison of placements that the documents hold. */
export const placeOf = (documents: ReadonlyArray<ResultDocument>): PlaceResult | undefined =>
  documents.flatMap((d) => (d.schema === "moira-place/1" ? [d.place] : []))[0]

/** The first simulation of caches of experts that the documents hold. */
export const offloadOf = (documents: ReadonlyArray<ResultDocument>): OffloadResult | undefined =>
  documents.flatMap((d) => (d.schema === "moira-offload/1" ? [d.offload] : []))[0]

export const runsOf = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<RunResult> =>
  documents.filter(isSimulation).flatMap((d) => d.runs)

/** What the analyses could not answer, and what nobody asked for. */
export const notMeasuredOf = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<NotMeasured> => {
  const placed = (placeOf(documents)?.notMeasured ?? []).map(({ what, why }) => ({ what: `Placement: ${what}`, why }))
  const counts = countsOf(documents)
  // Nothing else can be made from counts, and they say why themselves.
  if (counts !== undefined) return [...counts.notMeasured, ...placed]
  if (documents.every(({ input }) => isCountsInput(input))) return placed
  const temporal = temporalOf(documents)
  const spatial = spatialOf(documents)
  const absent = (what: string, command: string): NotMeasured => ({
    what,
    why: `no result given to this report holds it; ${command} makes one`
  })
  return [
    ...(runsOf(documents).length === 0 && offloadOf(documents) === undefined && placeOf(documents) === undefined
      ? [absent("Simulation", "`moira simulate`")]
      : []),
    ...(temporal === undefined ? [absent("Temporal analysis", "`moira analyze`")] : temporal.notMeasured),
    ...(spatial === undefined ? [absent("Spatial analysis", "`moira analyze`")] : spatial.notMeasured),
    ...(forecastOf(documents)?.notMeasured ?? []).map(({ what, why }) => ({ what: `Forecast: ${what}`, why })),
    ...(offloadOf(documents)?.notMeasured ?? []).map(({ what, why }) => ({ what: `Caches of experts: ${what}`, why })),
    ...placed
  ]
}
