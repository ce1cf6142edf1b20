/** What commands say that wrote a store. */
import { type Manifest } from "@moira/trace"
import { version } from "@moira/core"
import { Effect } from "effect"
import { note, print, printJson } from "./output.ts"
import { infoText } from "./info-text.ts"

/** The store's counts as JSON, with what the command adds, or a summary for people. */
export const reportStore = Effect.fnUntraced(function* (
  manifest: Manifest,
  out: string,
  json: boolean,
  more: Readonly<Record<string, unknown>> = {}
) {
  const { counts, model, remarks } = manifest
  const stored = { schema: "moira-stored/1", moira: version, store: out, model: model.id, counts, remarks, ...more }
  yield* json ? printJson(stored) : print(infoText(manifest))
  yield* note(`stored in ${out}`)
})
