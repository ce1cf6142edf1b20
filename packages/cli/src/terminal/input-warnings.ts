/** What a result's trace is to be warned of, which every command that read it repeats. */
import type { CountsInput, Input } from "@moira/results"
import { Effect } from "effect"
import { note } from "./output.ts"

/** Writes a line for each warning of the trace that a document was computed from; counts have none. */
export const tellInputWarnings = ({ input }: { readonly input: Input | CountsInput }): Effect.Effect<void> =>
  Effect.forEach("warnings" in input ? (input.warnings ?? []) : [], (warning) => note(`warning: ${warning}`), {
    discard: true
  })
