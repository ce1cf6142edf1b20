/** Writes a file whole or not at all, with a typed error. */
import { problem, problemLine } from "../problem.ts"
import { writeFileAtomic } from "./atomic-file.ts"
import { Effect, Schema } from "effect"

export class SaveError extends Schema.TaggedError<SaveError>()("SaveError", problem(["NotWritable"])) {
  override get message() {
    return problemLine(this)
  }
}

export const saveText = (file: string, text: string): Effect.Effect<void, SaveError> =>
  Effect.try({
    try: () => writeFileAtomic(file, text),
    catch: (cause) =>
      new SaveError({
        reason: "NotWritable",
        where: file,
        what: `cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: "check the path, its permissions and the free space",
        cause
      })
  })
