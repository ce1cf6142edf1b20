/** External traces to a store, whatever their format. */
import { loadPlugin } from "@moira/core/node"
import { detectFormat, type IngestOptions, ingestStore, sourceKind } from "@moira/ingest"
import { Effect } from "effect"

/** Reads external traces into a store with a format named, or recognised from the first path. */
export const ingest = Effect.fn("cli.ingest")(function* (
  paths: ReadonlyArray<string>,
  out: string,
  format: string,
  options: Omit<IngestOptions, "out">
) {
  const source = format === "auto" ? yield* detectFormat(paths[0]!) : yield* loadPlugin(sourceKind, format)
  return yield* ingestStore(source, paths, { ...options, out })
})
