/** The format of a run's traces as an Effect service. */
import { type PluginError, type PluginFault, type Plugins, Stage } from "@moira/core"
import { Effect, Layer } from "effect"
import { detectFormat } from "./detect.ts"
import { IngestError } from "./fault/error.ts"
import { traceFormatKind } from "./source.ts"

/** The format that traces are read with: a value, one by name, or the one that recognises them. */
export class TraceFormat extends Stage<TraceFormat>()("@moira/ingest/TraceFormat", traceFormatKind) {
  /** Provides the one format, built in or installed, that recognises what is at the first path, by its content. */
  static detected(
    paths: ReadonlyArray<string>
  ): Layer.Layer<TraceFormat, IngestError | PluginError | PluginFault, Plugins> {
    const [first] = paths
    if (first === undefined) return Layer.effect(TraceFormat, nothing)
    return Layer.effect(
      TraceFormat,
      Effect.map(detectFormat(first), ({ plugin }) => plugin)
    )
  }
}

const nothing = new IngestError({
  reason: "NotFound",
  where: "paths",
  what: "no file and no folder is given",
  hint: "give at least one"
})
