/** Analyses of other makers: loaded by name, and their documents checked by their own kinds before they are written. */
import { loadPlugin } from "@moira/core"
import { decodeDocument, isReportedKind, resultKind } from "@moira/report/node"
import { documentText, type ResultDocument } from "@moira/results"
import { type Analysis, analysisKind } from "@moira/trace"
import { Effect, Result } from "effect"

/** Analyses by package or path. */
export const loadAnalyses = Effect.fn("cli.loadAnalyses")((names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) => Effect.map(loadPlugin(analysisKind, name), ({ plugin }) => plugin))
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
  return yield* Effect.forEach(analyses, ({ id, kind }, i) => {
    const document = documents[i]!
    const text = documentText(document)
    // JSON has no NaN: what is not finite reads as null, which the kind then refuses.
    const read = isReportedKind(kind)
      ? decode(JSON.parse(text), `the result of analysis ${id}`)
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
