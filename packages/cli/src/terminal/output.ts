/** Data on stdout, everything else on stderr. */
import { Effect } from "effect"

/** Writes a line of data; a closed pipe ends quietly elsewhere. */
export const print = (text: string): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    process.stdout.write(text.endsWith("\n") ? text : `${text}\n`, () => resume(Effect.void))
  })

/** Writes what people should know beside the data. */
export const note = (text: string): Effect.Effect<void> => Effect.sync(() => void process.stderr.write(`${text}\n`))

/** A JSON document on stdout and nothing else. */
export const printJson = (value: unknown): Effect.Effect<void> => print(JSON.stringify(value, null, 1))
