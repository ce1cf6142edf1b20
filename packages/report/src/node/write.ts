/** Writes reports: formats are looked up by name, rendered, and their files put in place whole. */
import { loadPlugin, writeFileAtomic } from "@moira/core/node"
import { type ResultDocument } from "@moira/results"
import { Effect } from "effect"
import * as path from "node:path"
import { ReportError } from "../report-error.ts"
import type { ReportedKind } from "../reported-kind.ts"
import { reporterKind } from "../reporter.ts"
import { loadKinds } from "./kinds.ts"

export interface WriteReportOptions {
  readonly documents: ReadonlyArray<ResultDocument>
  /** Folder of the report; made if it is missing. */
  readonly out: string
  /** Built-in names such as `html`, package names or paths. */
  readonly formats: ReadonlyArray<string>
  /** The kinds of the documents; the built-in ones when left out. */
  readonly kinds?: ReadonlyArray<ReportedKind>
}

const same = (a: string | Uint8Array, b: string | Uint8Array): boolean => Buffer.from(a).equals(Buffer.from(b))

/** Gives the paths of the files written, in the order of formats. Nothing is written unless every format renders. */
export const writeReport = Effect.fn("report.write")(function* ({
  documents,
  out,
  formats,
  kinds: given
}: WriteReportOptions) {
  if (documents.length === 0) {
    return yield* new ReportError({
      reason: "NoDocuments",
      where: out,
      what: "there is no result to report on",
      hint: "give at least one JSON file that `moira analyze` or `moira simulate` wrote"
    })
  }
  const kinds = given ?? (yield* loadKinds())
  const files = new Map<string, string | Uint8Array>()
  for (const format of formats) {
    const { plugin } = yield* loadPlugin(reporterKind, format)
    for (const [name, content] of plugin.files(documents, { kinds })) {
      const other = files.get(name)
      const target = path.resolve(out, name)
      if (path.relative(path.resolve(out), target).startsWith("..") || (other !== undefined && !same(other, content))) {
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
  return yield* Effect.forEach(files, ([name, content]) => {
    const target = path.join(out, name)
    return Effect.try({
      try: () => {
        writeFileAtomic(target, content)
        return target
      },
      catch: (cause) =>
        new ReportError({
          reason: "NotWritable",
          where: target,
          what: `cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
          hint: "choose a folder with --out that you may write to",
          cause
        })
    })
  })
})
