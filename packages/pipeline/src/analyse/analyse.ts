/** Runs analyses over the provided trace: Moira's own make one document, each other one its own. */
import { referenceOf, version } from "@moira/core"
import { type AnalysisDocument, type Input, type ResultDocument, resultKinds } from "@moira/results"
import { type Analysis, analysisKind, type AnalysisOptions, runAnalyses, TraceStore } from "@moira/trace"
import { Effect } from "effect"
import { inputOf } from "../document.ts"

export interface AnalyseOptions {
  /** Such as `temporal`, `spatial` and one's own; all run in the same pass. */
  readonly analyses: ReadonlyArray<Analysis>
  /** Real numbers of the layers to draw; a lower, a middle and an upper one when left out. */
  readonly layers?: ReadonlyArray<number>
  /** Share of the requests that judge what the others chose. */
  readonly heldOutShare: number
  readonly seed: number
}

/** What an analysis of another kind writes. */
export interface OwnDocument extends ResultDocument {
  readonly input: Input
  readonly seed: number
  readonly heldOutShare: number
  readonly result: unknown
}

const parts = ["temporal", "spatial"] as const
type Part = (typeof parts)[number]

/** Moira's own analyses, and others in their place, make the document of patterns together. */
const isPart = ({ id, kind }: Analysis): boolean =>
  kind.schema === resultKinds.analysis.schema && (parts as ReadonlyArray<string>).includes(id)

/** The result that fills a part of the document of patterns; `null` where it was not asked for. */
const part = <P extends Part>(
  id: P,
  analyses: ReadonlyArray<Analysis>,
  results: ReadonlyArray<unknown>
): AnalysisDocument[P] => {
  const at = analyses.findIndex((analysis) => isPart(analysis) && analysis.id === id)
  return at < 0 ? null : (results[at] as AnalysisDocument[P])
}

/**
 * What the provided trace shows: the document of patterns, whose parts are `null` where they were not asked for, then one
 * for each analysis of another kind, in order. The documents do not depend on the runner.
 */
export const analyse = Effect.fn("pipeline.analyse")(function* ({
  analyses,
  heldOutShare,
  seed,
  layers
}: AnalyseOptions) {
  const options: AnalysisOptions = {
    split: { seed, heldOutShare },
    seed,
    ...(layers === undefined ? {} : { layers })
  }
  const input = inputOf(yield* TraceStore)
  const results = yield* runAnalyses(analyses, options)
  const patterns: AnalysisDocument = {
    schema: "moira-analysis/1",
    moira: version,
    input,
    seed,
    heldOutShare,
    temporal: part("temporal", analyses, results),
    spatial: part("spatial", analyses, results)
  }
  const own = analyses.flatMap((analysis, i): ReadonlyArray<OwnDocument> =>
    isPart(analysis)
      ? []
      : [
          {
            schema: analysis.kind.schema,
            moira: version,
            plugins: [referenceOf(analysisKind, analysis)],
            input,
            seed,
            heldOutShare,
            result: results[i]
          }
        ]
  )
  return [patterns, ...own] as const satisfies readonly [AnalysisDocument, ...ReadonlyArray<OwnDocument>]
})
