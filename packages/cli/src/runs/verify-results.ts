/** The results that a path stands for: one file, or every point of a sweep. */
import { ExperimentError } from "@moira/pipeline"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { readSweep } from "./sweep-folder.ts"

export interface ResultFile {
  readonly file: string
  /** Folder of what was written beside it. */
  readonly folder: string
}

export const resultFiles = Effect.fn("cli.resultFiles")(function* (result: string) {
  if (!fs.existsSync(result))
    return yield* new ExperimentError({
      reason: "NotReadable",
      where: result,
      what: "no such file or folder",
      hint: "give a result document, or the folder of a sweep"
    })
  if (!fs.statSync(result).isDirectory()) return [{ file: result, folder: path.dirname(result) }]
  const sweep = yield* readSweep(result)
  const files = (sweep?.points ?? []).flatMap(({ file, key }) =>
    file === undefined ? [] : [{ file: path.join(result, file), folder: path.join(result, "points", key) }]
  )
  if (files.length > 0) return [...new Map(files.map((one) => [one.file, one] as const)).values()]
  return yield* new ExperimentError({
    reason: "NotReadable",
    where: result,
    what: sweep === undefined ? "no sweep lies here" : "none of its points is done",
    hint: "give a result document, or the folder of a sweep with its points"
  })
})

/** A file beside a result; undefined where there is none. */
export const besideOf = (folder: string) => (name: string) =>
  Effect.sync(() => {
    const file = path.join(folder, ...name.split("/"))
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined
  })
