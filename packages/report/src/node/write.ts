/** Writes reports: formats are looked up by name, rendered, and their files put in place whole. */
import { calling, frozen, isBuiltIn, loadPlugin, pluginFault, shown, withPluginFaults } from "@moira/core"
import { writeFiles } from "@moira/core/node"
import { type ResultDocument } from "@moira/results"
import { Effect } from "effect"
import * as path from "node:path"
import { checkedKind } from "../checked-kind.ts"
import { ReportError } from "../report-error.ts"
import type { ReportedKind } from "../reported-kind.ts"
import { type Reporter, reporterKind } from "../reporter.ts"
import { loadKinds } from "./kinds.ts"

export interface ReportFilesOptions {
  readonly documents: ReadonlyArray<ResultDocument>
  /** Built-in names such as `html`, package names or paths. */
  readonly formats: ReadonlyArray<string>
  /** The kinds of the documents; the built-in ones and those of installed packages when left out. */
  readonly kinds?: ReadonlyArray<ReportedKind>
}

export interface WriteReportOptions extends ReportFilesOptions {
  /** Folder of the report; made if it is missing. */
  readonly out: string
}

const same = (a: string | Uint8Array, b: string | Uint8Array): boolean => Buffer.from(a).equals(Buffer.from(b))

/** Whether a path leads out of the folder that it is relative to. */
const isOutside = (name: string): boolean => path.relative(path.resolve("."), path.resolve(name)).startsWith("..")

/** The files of a format; throws `PluginFault` for anything else than files. Formats read the same documents: none may write. */
const filesOf = (
  plugin: Reporter,
  documents: ReadonlyArray<ResultDocument>,
  kinds: ReadonlyArray<ReportedKind>
): ReadonlyMap<string, string | Uint8Array> => {
  const called = {
    kind: "report format",
    plugin: Object.create(plugin, { id: { value: "" } }) as { readonly id: string },
    kit: "reporterConformance of @moira/report/testing"
  }
  const write = () => plugin.files(frozen(documents), { kinds })
  // What ours throws is a bug of ours, or a kind's that is told by itself.
  const files: unknown = isBuiltIn(plugin) ? write() : calling(called, "", write)
  const refuse = (what: string) => pluginFault(called, "", { reason: "WrongShape", what })
  if (!(files instanceof Map)) throw refuse(`gives ${shown(files)}, not a map of files`)
  for (const [name, content] of files as ReadonlyMap<unknown, unknown>) {
    if (typeof name !== "string" || name === "" || name.includes("\0")) throw refuse(`names a file ${shown(name)}`)
    if (typeof content !== "string" && !(content instanceof Uint8Array))
      throw refuse(`gives ${shown(content)} for the content of ${name}`)
  }
  return files as ReadonlyMap<string, string | Uint8Array>
}

/** The files of a report as data, by path below its folder, in the order of formats; `where` names it in errors. */
const reportFiles = Effect.fn("report.files")(function* (
  { documents, formats, kinds: given }: ReportFilesOptions,
  where: string
) {
  if (documents.length === 0) {
    return yield* new ReportError({
      reason: "NoDocuments",
      where,
      what: "there is no result to report on",
      hint: "give at least one JSON file that `moira analyze` or `moira simulate` wrote"
    })
  }
  const kinds = (given ?? (yield* loadKinds())).map(checkedKind)
  const files = new Map<string, string | Uint8Array>()
  for (const format of formats) {
    const { plugin } = yield* loadPlugin(reporterKind, format)
    for (const [name, content] of yield* withPluginFaults(() => filesOf(plugin, documents, kinds))) {
      const other = files.get(name)
      if (isOutside(name) || (other !== undefined && !same(other, content))) {
        return yield* new ReportError({
          reason: "Conflict",
          where: `${format}: ${name}`,
          what:
            other === undefined ? "lies outside the report's folder" : "another format writes a different file here",
          hint: "write the formats into different folders, or mend the reporter"
        })
      }
      files.set(name, content)
    }
  }
  return files
})

/** Gives the paths of the files written, in the order of formats. Nothing is written unless every format renders. */
export const writeReport = Effect.fn("report.write")(function* ({ out, ...options }: WriteReportOptions) {
  const files = yield* reportFiles(options, out)
  return yield* writeFiles(out, files).pipe(
    Effect.mapError(
      ({ where, what, cause }) =>
        new ReportError({
          reason: "NotWritable",
          where,
          what,
          hint: "choose a folder with --out that you may write to",
          cause
        })
    )
  )
})
