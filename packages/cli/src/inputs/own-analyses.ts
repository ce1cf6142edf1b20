/** Analyses of other makers: loaded by name, and their documents checked by their own kinds before they are written. */
import { importedFrom, loadPlugin, moduleOf, PluginError } from "@moira/core"
import { decodeDocument, isReportedKind, reportedKindFault, resultKind } from "@moira/report/node"
import { documentText, type ResultDocument } from "@moira/results"
import { type Analysis, analysisKind } from "@moira/trace"
import { Effect, Result } from "effect"

/** An analysis by package or path; one whose kind says that it can be told must be so. */
const loadAnalysis = Effect.fnUntraced(function* (name: string) {
  const { plugin, module } = yield* loadPlugin(analysisKind, name)
  const odd = reportedKindFault(plugin.kind)
  if (odd === undefined) {
    importedFrom(plugin.kind, module)
    return plugin
  }
  return yield* new PluginError({
    reason: "NotThisKind",
    where: module,
    what: `the kind of its result cannot be told: ${odd}`,
    hint: "run it through reportedKindConformance of @moira/report/testing, or leave its contract out to make documents alone"
  })
})

/** Analyses by package or path. */
export const loadAnalyses = Effect.fn("cli.loadAnalyses")((names: ReadonlyArray<string>) =>
  Effect.forEach(names, loadAnalysis)
)

/** The kinds that a report can tell; one without figures and tables makes a document alone. */
export const kindsOf = (analyses: ReadonlyArray<Analysis>) =>
  analyses.flatMap(({ kind }) => (isReportedKind(kind) ? [kind] : []))

/** Documents with the text of their files. Fails where one does not have the form that its kind says. */
export const checkedDocuments = Effect.fn("cli.checkOwn")(function* (
  analyses: ReadonlyArray<Analysis>,
  documents: ReadonlyArray<ResultDocument>
) {
  const decode = decodeDocument(kindsOf(analyses))
  return yield* Effect.forEach(analyses, (analysis, i) => {
    const { id, kind } = analysis
    const name = `analysis ${id} (${moduleOf(analysis)})`
    const document = documents[i]!
    const text = documentText(document)
    // JSON has no NaN: what is not finite reads as null, which the kind then refuses.
    const read = isReportedKind(kind)
      ? Result.mapError(
          decode(JSON.parse(text), `the result of ${name}`),
          ({ where, what }) =>
            new PluginError({
              reason: "NotThisKind",
              where,
              what,
              hint: "the analysis is wrong: run it through accumulatorConformance of @moira/trace/testing"
            })
        )
      : Result.succeed(document)
    return Effect.as(Effect.fromResult(read), { id, text, document })
  })
})

/** Kinds of result by package or path; an analysis stands for the kind of its own result. */
export const loadOwnKinds = Effect.fn("cli.loadOwnKinds")((names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) =>
    loadPlugin(resultKind, name).pipe(
      Effect.map(({ plugin }) => plugin),
      Effect.catchTag("PluginError", (error) =>
        error.reason === "Unknown" || error.reason === "NotLoadable"
          ? Effect.fail(error)
          : loadPlugin(analysisKind, name).pipe(
              Effect.mapError(() => error),
              Effect.flatMap(({ plugin: { kind } }) =>
                isReportedKind(kind) ? Effect.succeed(kind) : Effect.fail(error)
              )
            )
      )
    )
  )
)
