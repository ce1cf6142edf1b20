/** Reads the result documents that other commands wrote. */
import { Effect, Predicate } from "effect"
import * as fs from "node:fs/promises"
import { decodeDocument, howToMakeOne, oneLine } from "../decode.ts"
import { ReportError } from "../report-error.ts"
import { loadKinds } from "./kinds.ts"

/** Reads and checks one result file, by the built-in kinds unless others are given; they are loaded for JSON only. */
export const readDocument = Effect.fn("report.readDocument")(function* (
  path: string,
  kinds: ReturnType<typeof loadKinds> = loadKinds()
) {
  const text = yield* Effect.tryPromise({
    try: () => fs.readFile(path, "utf8"),
    catch: (cause) =>
      new ReportError({
        reason: "Unreadable",
        where: path,
        what: Predicate.hasProperty(cause, "code") && cause.code === "ENOENT" ? "no such file" : "cannot be read",
        hint: howToMakeOne,
        cause
      })
  })
  const value = yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) =>
      new ReportError({
        reason: "NotJson",
        where: path,
        what: `not JSON: ${oneLine(cause instanceof Error ? cause.message : String(cause))}`,
        hint: howToMakeOne,
        cause
      })
  })
  return yield* Effect.fromResult(decodeDocument(yield* kinds)(value, path))
})
