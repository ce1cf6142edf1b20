/** Simulates expert caches and says what came out: what `moira offload` does, and `moira simulate` on such machines. */
import { offload, type OffloadOptions } from "@moira/pipeline"
import { saveText } from "@moira/core/node"
import { documentText } from "@moira/results"
import { storeLayer } from "@moira/trace/node"
import { Effect, Option } from "effect"
import { offloadRequest, type SharedFlags } from "../flags/offload-request.ts"
import { documentFile } from "../terminal/document-file.ts"
import { offloadText } from "../terminal/offload-text.ts"
import { tellInputWarnings } from "../terminal/input-warnings.ts"
import { note, print } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"

interface Output {
  readonly out: Option.Option<string>
  readonly json: boolean
  readonly quiet: boolean
}

export const runOffload = Effect.fn("cli.runOffload")(function* (
  store: string,
  machines: OffloadOptions["machines"],
  flags: SharedFlags,
  { out, json, quiet }: Output
) {
  const run = Effect.flatMap(offloadRequest(machines, flags), offload).pipe(Effect.provide(storeLayer(store)))
  const document = yield* withProgress(run, quiet)
  yield* tellInputWarnings(document)
  for (const warning of document.offload.warnings) yield* note(`warning: ${warning}`)
  if (Option.isSome(out)) yield* saveText(documentFile(out.value, "offload.json"), documentText(document))
  yield* print(json ? documentText(document) : offloadText(document))
})
