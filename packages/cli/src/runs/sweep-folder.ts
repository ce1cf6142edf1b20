/** The folder of a sweep: its points, the list of them, and the document that repeats it. */
import { saveText } from "@moira/core/node"
import { ExperimentError, type ExperimentDocument } from "@moira/pipeline"
import { documentText, SweepDocument } from "@moira/results"
import { Effect, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"

const listName = "sweep.json"

/** What a sweep writes; the traces that it makes come before the list of its points. */
const ownNames = new Set([listName, "points", "traces"])

/** Where results go when nobody says: beside the user, named after the document. */
export const usualFolder = (file: string): string => `${path.basename(file).replace(/\.(ya?ml|json)$/, "")}.sweep`

/** Refuses a folder that holds something else. */
export const refuseOther = Effect.fnUntraced(function* (folder: string, force: boolean) {
  if (force || !fs.existsSync(folder)) return
  const isFolder = fs.statSync(folder).isDirectory()
  const names = isFolder ? fs.readdirSync(folder).filter((name) => !name.startsWith(".")) : ["a file"]
  if (isFolder && (names.length === 0 || names.some((name) => ownNames.has(name)))) return
  return yield* new ExperimentError({
    reason: "OtherExperiment",
    where: `--out ${folder}`,
    what: isFolder ? `holds something else: ${names.slice(0, 3).join(", ")}` : "is a file",
    hint: "name a folder of its own, or give --force"
  })
})

export const saveSweep = (folder: string, sweep: SweepDocument) =>
  saveText(path.join(folder, listName), documentText(sweep))

/** The document with the trace's content, so that whoever repeats it knows that the trace is the same. */
export const saveExperiment = (folder: string, document: ExperimentDocument, contents: ReadonlyArray<string>) => {
  const [content, more] = [...new Set(contents)]
  const trace =
    more === undefined && content !== undefined ? { ...document.trace, contentSha256: content } : document.trace
  return saveText(path.join(folder, "experiment.json"), `${JSON.stringify({ ...document, trace }, null, 1)}\n`)
}

/** The list of a sweep's points; undefined where no sweep began in the folder. */
export const readSweep = Effect.fnUntraced(function* (folder: string) {
  const file = path.join(folder, listName)
  if (!fs.existsSync(file)) return undefined
  const value = yield* Effect.try({
    try: (): unknown => JSON.parse(fs.readFileSync(file, "utf8")),
    catch: (cause) =>
      new ExperimentError({
        reason: "NotReadable",
        where: file,
        what: "is no JSON",
        hint: "run the sweep again",
        cause
      })
  })
  return yield* Effect.mapError(
    Schema.decodeUnknownEffect(SweepDocument)(value),
    ({ message }) =>
      new ExperimentError({ reason: "NotReadable", where: file, what: message, hint: "run the sweep again" })
  )
})
