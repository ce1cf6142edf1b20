/** What becomes of a result: warnings, files below `--out`, and what is printed. Short commands and `moira run` end alike. */
import { saveText, writeFiles } from "@moira/core/node"
import type { Computed, ExperimentDocument } from "@moira/pipeline"
import { insightsDocument } from "@moira/report/insights"
import { loadKinds, writeReport } from "@moira/report/node"
import {
  type AdviceDocument,
  type AnalysisDocument,
  type CountsAnalysisDocument,
  documentText,
  type ForecastDocument,
  type OffloadDocument,
  type PlaceDocument,
  type SimulationDocument
} from "@moira/results"
import { Effect, Option } from "effect"
import * as path from "node:path"
import { reportFormats } from "../flags/shared.ts"
import { checkedDocuments, kindsOf, loadAnalyses } from "../inputs/own-analyses.ts"
import { adviceText } from "../terminal/advice-text.ts"
import { analysisText } from "../terminal/analysis-text.ts"
import { countsAnalysisText } from "../terminal/counts-analysis-text.ts"
import { documentFile } from "../terminal/document-file.ts"
import { forecastText } from "../terminal/forecast-text.ts"
import { tellInputWarnings } from "../terminal/input-warnings.ts"
import { offloadText } from "../terminal/offload-text.ts"
import { note, print } from "../terminal/output.ts"
import { placeText } from "../terminal/place-text.ts"
import { simulationText, simulationWarnings } from "../terminal/simulation-text.ts"

export interface Output {
  /** Folder of what is written, or a file where one document is. */
  readonly out: Option.Option<string>
  readonly json: boolean
}

const warn = (warnings: ReadonlyArray<string>) => Effect.forEach(warnings, (warning) => note(`warning: ${warning}`))

type Patterns = AnalysisDocument | CountsAnalysisDocument

const analyze = Effect.fnUntraced(function* (
  document: Patterns,
  { others = [] }: Computed,
  names: ReadonlyArray<string>,
  { out, json }: Output
) {
  const own = others.length === 0 ? [] : yield* loadAnalyses(names)
  const checked = yield* checkedDocuments(
    own,
    others.map((one) => one.document)
  )
  const isTrace = document.schema === "moira-analysis/1"
  if (Option.isSome(out)) {
    const at = (name: string) => path.join(out.value, name)
    const files: Array<readonly [string, string]> = [[at("analysis.json"), documentText(document)]]
    if (isTrace) files.push([at("insights.json"), documentText(insightsDocument(document))])
    for (const { id, text } of checked) files.push([at(`${id}.json`), text])
    for (const [file, text] of files) yield* saveText(file, text)
    const report = yield* writeReport({
      documents: [document, ...checked.map((one) => one.document)],
      out: out.value,
      formats: reportFormats,
      kinds: yield* loadKinds([], kindsOf(own))
    })
    yield* note(`wrote ${[...files.map(([file]) => file), ...report].join(", ")}`)
  }
  yield* print(json ? documentText(document) : isTrace ? analysisText(document) : countsAnalysisText(document))
  if (Option.isSome(out) || checked.length === 0) return
  if (json) yield* note(`what ${names.join(", ")} found is written with --out`)
  else for (const one of checked) yield* print(one.text)
})

const simulate = Effect.fnUntraced(function* (document: SimulationDocument, { out, json }: Output) {
  yield* warn(simulationWarnings(document))
  if (Option.isSome(out)) yield* saveText(documentFile(out.value, "simulation.json"), documentText(document))
  yield* print(json ? documentText(document) : simulationText(document))
})

const offload = Effect.fnUntraced(function* (document: OffloadDocument, { out, json }: Output) {
  yield* warn(document.offload.warnings)
  if (Option.isSome(out)) yield* saveText(documentFile(out.value, "offload.json"), documentText(document))
  yield* print(json ? documentText(document) : offloadText(document))
})

const forecast = Effect.fnUntraced(function* (document: ForecastDocument, { out, json }: Output) {
  if (Option.isSome(out)) {
    const file = path.join(out.value, "forecast.json")
    yield* saveText(file, documentText(document))
    const files = yield* writeReport({ documents: [document], out: out.value, formats: reportFormats })
    yield* note(`wrote ${[file, ...files].join(", ")}`)
  }
  yield* print(json ? documentText(document) : forecastText(document.forecast))
})

const place = Effect.fnUntraced(function* (document: PlaceDocument, { files }: Computed, { out, json }: Output) {
  yield* warn(document.place.warnings)
  if (Option.isSome(out)) {
    yield* writeFiles(out.value, files ?? new Map())
    const written = yield* writeFiles(out.value, new Map([["place.json", documentText(document)]]))
    const report = yield* writeReport({ documents: [document], out: out.value, formats: reportFormats })
    yield* note(`wrote ${[...written, ...report].join(", ")}`)
  }
  yield* print(json ? documentText(document) : placeText(document))
})

const advise = Effect.fnUntraced(function* (document: AdviceDocument, { out, json }: Output) {
  yield* warn(document.advice.warnings)
  if (Option.isSome(out)) {
    const file = path.join(out.value, "advice.json")
    yield* saveText(file, documentText(document))
    yield* note(`wrote ${file}`)
  }
  yield* print(json ? documentText(document) : adviceText(document.advice))
})

/** A result with its warnings, files and text; what was computed is of the document's `run`. */
export const finishRun = Effect.fn("cli.finish")(function* (
  experiment: ExperimentDocument,
  computed: Computed,
  output: Output
) {
  const document: unknown = computed.document
  yield* tellInputWarnings(computed.document as Parameters<typeof tellInputWarnings>[0])
  switch (experiment.run) {
    case "analyze": {
      const { analysis = [] } = experiment.stages ?? {}
      return yield* analyze(
        document as Patterns,
        computed,
        typeof analysis === "string" ? [analysis] : analysis,
        output
      )
    }
    case "simulate":
      return yield* simulate(document as SimulationDocument, output)
    case "offload":
      return yield* offload(document as OffloadDocument, output)
    case "forecast":
      return yield* forecast(document as ForecastDocument, output)
    case "place":
      return yield* place(document as PlaceDocument, computed, output)
    case "advise":
      return yield* advise(document as AdviceDocument, output)
  }
})
