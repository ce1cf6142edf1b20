/** Analyses of other makers: loaded by name, and their documents checked by their own kinds before they are written. */
import { loadPlugin, PluginError } from "@moira/core"
import type { OwnDocument } from "@moira/pipeline"
import { decodeDocument, isReportedKind, resultKind } from "@moira/report/node"
import { documentText } from "@moira/results"
import { type Analysis, analysisKind } from "@moira/trace"
import { Effect, Result } from "effect"

/** Names of files that `analyze` writes itself. */
const taken = new Set(["analysis", "insights", "report"])

/** Analyses by package or path; two of one id would write the same file. */
export const loadAnalyses = Effect.fn("cli.loadAnalyses")(function* (names: ReadonlyArray<string>) {
  const found: Array<Analysis> = []
  for (const name of names) {
    const { plugin } = yield* loadPlugin(analysisKind, name)
    if (taken.has(plugin.id) || found.some(({ id }) => id === plugin.id)) {
      return yield* new PluginError({
        reason: "NotThisKind",
        where: name,
        what: `another analysis has the id ${plugin.id}, which names its file`,
        hint: "give it an id of its own"
      })
    }
    found.push(plugin)
  }
  return found
})

/** The kinds that a report can tell; one without figures and tables makes a document alone. */
export const kindsOf = (analyses: ReadonlyArray<Analysis>) =>
  analyses.flatMap(({ kind }) => (isReportedKind(kind) ? [kind] : []))

/** Documents with the text of their files. Fails where one does not have the form that its kind says. */
export const checkedDocuments = Effect.fn("cli.checkOwn")(function* (
  analyses: ReadonlyArray<Analysis>,
  documents: ReadonlyArray<OwnDocument>
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
