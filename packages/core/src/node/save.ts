/** Writes files whole or not at all, with a typed error. */
import { taggedProblem } from "../problem.ts"
import { writeFileAtomic } from "./atomic-file.ts"
import { Effect } from "effect"
import * as path from "node:path"

export class SaveError extends taggedProblem("SaveError", ["NotWritable"]) {}

export const saveFile = (file: string, content: string | Uint8Array): Effect.Effect<void, SaveError> =>
  Effect.try({
    try: () => writeFileAtomic(file, content),
    catch: (cause) =>
      new SaveError({
        reason: "NotWritable",
        where: file,
        what: `cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: "check the path, its permissions and the free space",
        cause
      })
  })

export const saveText = (file: string, text: string): Effect.Effect<void, SaveError> => saveFile(file, text)

/** Writes files by their paths below `directory`, which is made where it is missing; gives where they lie. */
export const writeFiles = (directory: string, files: ReadonlyMap<string, string | Uint8Array>) =>
  Effect.forEach(files, ([name, content]) => {
    const file = path.join(directory, name)
    return Effect.as(saveFile(file, content), file)
  })
