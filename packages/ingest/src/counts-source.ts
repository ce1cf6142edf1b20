/** The seam to formats that hold counts of expert selections but no tokens: one format is one value of `CountsSource`. */
import type { ExpertCounts } from "@moira/trace"
import { pluginKind } from "@moira/core"
import type { Effect, Stream } from "effect"
import type { IngestError } from "./fault/error.ts"
import type { ReadOptions, Recognition, TraceSample } from "./source.ts"

/** Version of the contract of counts formats. */
export const countsFormatContract = "counts-format/v1"

/** What a counts source found: listing is done, content is read as the stream is pulled. */
export interface CountsRead {
  readonly files: number
  /** In the same order for the same files, however the paths were given. Each pull holds one workload in memory. */
  readonly workloads: Stream.Stream<ExpertCounts, IngestError>
}

/**
 * An external format of counts. To add one, export it as the default of a file in `src/counts/`, or of your
 * own module.
 */
export interface CountsSource {
  readonly contract: typeof countsFormatContract
  readonly counts: true
  /** The name users type, the same as the file's. */
  readonly id: string
  readonly title: string
  /** Endings of the files that belong to this format in a folder, for example `.pt`. */
  readonly endings: ReadonlyArray<string>
  readonly recognises: (sample: TraceSample) => Recognition
  /** Reads files and folders; folders at any level, walked whole. */
  readonly read: (paths: ReadonlyArray<string>, options: ReadOptions) => Effect.Effect<CountsRead, IngestError>
}

const isSource = (value: unknown): value is CountsSource => {
  if (typeof value !== "object" || value === null) return false
  const source = value as Partial<Record<keyof CountsSource, unknown>>
  return (
    source.contract === countsFormatContract &&
    source.counts === true &&
    typeof source.id === "string" &&
    typeof source.title === "string" &&
    Array.isArray(source.endings) &&
    typeof source.recognises === "function" &&
    typeof source.read === "function"
  )
}

/** Finds counts formats by built-in name, package or path: `loadPlugin(countsFormatKind, name)`. */
export const countsFormatKind = pluginKind<CountsSource>({
  name: "counts-format",
  title: "counts format",
  contract: countsFormatContract,
  home: "@moira/ingest/counts",
  from: import.meta.url,
  is: isSource
})
