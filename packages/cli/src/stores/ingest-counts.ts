/** `moira ingest` of counts: what serving engines record when they do not record tokens. */
import type { CountsSource, ReadOptions } from "@moira/ingest"
import { version } from "@moira/core"
import { writeCounts } from "@moira/trace/node"
import { Effect } from "effect"
import { countsText } from "../terminal/counts-text.ts"
import { note, print, printJson } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"

/** Reads counts into a counts store and says what was found. */
export const ingestCounts = Effect.fn("cli.ingestCounts")(function* (
  source: CountsSource,
  paths: ReadonlyArray<string>,
  out: string,
  options: ReadOptions,
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean }
) {
  const { workloads } = yield* source.read(paths, options)
  const origin = { format: source.id, options: {} }
  const manifest = yield* withProgress(writeCounts({ directory: out, origin }, workloads), quiet)
  const { layers, experts } = manifest
  const stored = { schema: "moira-stored/1", moira: version, store: out, holds: "counts", layers, experts }
  yield* json ? printJson({ ...stored, workloads: manifest.workloads }) : print(countsText(manifest))
  yield* note(`stored in ${out}`)
})
