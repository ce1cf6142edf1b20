/** Reads the text of a file that the user names. */
import { taggedProblem } from "@moira/core"
import { Effect } from "effect"
import * as fs from "node:fs"

/** A file that a flag names is not there, is no file, or is too large. */
export class InputError extends taggedProblem("InputError", ["Unreadable"]) {}

export interface ReadTextOptions {
  /** What is said when it cannot be read, from Node's own words. */
  readonly what: (words: string) => string
  readonly hint: string
  readonly maxBytes?: number
}

export const readText = (file: string, { what, hint, maxBytes }: ReadTextOptions): Effect.Effect<string, InputError> =>
  Effect.try({
    try: () => {
      if (maxBytes !== undefined && fs.statSync(file).size > maxBytes) throw new Error(`larger than ${maxBytes} bytes`)
      return fs.readFileSync(file, "utf8")
    },
    catch: (cause) => {
      const words = cause instanceof Error ? cause.message : String(cause)
      return new InputError({ reason: "Unreadable", where: file, what: what(words), hint, cause })
    }
  })
