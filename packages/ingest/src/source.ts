/** The seam to external trace formats: one format is one value of `TraceSource`. */
import { type Model, pluginKind } from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import type { Effect, Stream } from "effect"
import type { SourceHash } from "./codecs/bytes/digest.ts"
import type { ContentReason } from "./fault/content-fault.ts"
import type { IngestError } from "./fault/error.ts"

/** Version of the contract of trace formats. */
export const traceFormatContract = "trace-format/v1"

/** The start of a file, for recognising its format. */
export interface TraceSample {
  readonly path: string
  /** At most the first 64 KiB. */
  readonly bytes: Uint8Array
  /** True when `bytes` is the whole file. */
  readonly whole: boolean
}

/** A format's verdict on a sample; `why` says in a few words what spoke against it. */
export type Recognition =
  | { readonly matches: true }
  | {
      readonly matches: false
      readonly why: string
      /** How near the file is to the format, 0 (nothing in common, where left out) to 1 (one thing is missing). */
      readonly near?: number
    }

export interface ReadOptions {
  /** Whose trace it is: a catalogue name, a `.json` file with a model, or a model; else the paths must say. */
  readonly model?: string | Model
  /** What to assume where the files do not say the phase of their tokens; else the reader takes the likeliest and says so. */
  readonly phase?: AssumedPhase
  /** Prompt tokens of arrays beside which nothing says how long their prompts are. */
  readonly promptTokens?: number
  /** Digest of source files: `crc32` where left out, or `sha256`, which takes longer than all other work on large files. */
  readonly sourceHash?: SourceHash
}

export const assumedPhases = ["prefill", "decode"] as const
export type AssumedPhase = (typeof assumedPhases)[number]

/** What a decoder is told beside the model: plain values, since they are sent to worker threads. */
export type DecodeOptions = Pick<ReadOptions, "phase" | "promptTokens" | "sourceHash">

/** A record that cannot be used and does not spoil the others of its file: left out with `--skip-bad`, else the error. */
export interface BadRecord {
  readonly bad: { readonly reason: ContentReason; readonly where: string; readonly what: string; readonly hint: string }
}

/** What a decoder gives for each record of a file. */
export type Decoded = TraceRequest | BadRecord

/** What a source found: listing is done, content is read as the stream is pulled. */
export interface TraceRead {
  readonly model: Model
  readonly files: number
  /** What a reader of the result should know: what was joined, assumed or left alone, a sentence each. */
  readonly notes?: ReadonlyArray<string>
  /** In the same order for the same files, however the paths were given. Each pull holds one file in memory. */
  readonly requests: Stream.Stream<TraceRequest, IngestError>
}

/** A file that is decoded by itself: a plain value, since it is sent to worker threads. */
export interface TraceFile {
  readonly path: string
  /** Other files that are read with it, such as a sidecar. */
  readonly beside?: ReadonlyArray<string>
}

/**
 * Decodes one file after another, each to requests of its own memory, which it gives away: their ids may be gone when it
 * goes on. It throws values with `reason`, `where`, `what` and `hint` (an `IngestError` is one), or what the file system threw.
 */
export type OpenDecoder<F extends TraceFile = TraceFile> = (
  model: Model,
  options: DecodeOptions
) => (file: F) => Iterable<Decoded>

/** How files of a format are decoded apart from each other: in parallel, again after a stop, or not at all when bad. */
export interface PerFile<F extends TraceFile = TraceFile> {
  /** Lists files in the order of their requests, as `read` does, without reading content. */
  readonly list: (
    paths: ReadonlyArray<string>,
    options: ReadOptions
  ) => Effect.Effect<
    { readonly model: Model; readonly files: ReadonlyArray<F>; readonly notes?: ReadonlyArray<string> },
    IngestError
  >
  readonly open: OpenDecoder<F>
  /**
   * URL of a module whose default is the `decode` of which `open` is made, and that imports little, since worker threads
   * load it. Without it they load the format itself.
   */
  readonly module?: string
}

/** An external trace format. To add one, export it as the default of a file in `src/formats/`, or of your own module. */
export interface TraceSource {
  readonly contract: typeof traceFormatContract
  /** The name users type, the same as the file's. */
  readonly id: string
  readonly title: string
  /** Endings of the files that belong to this format in a folder, for example `.json`. */
  readonly endings: ReadonlyArray<string>
  readonly recognises: (sample: TraceSample) => Recognition
  /** Reads files and folders; folders at any level, walked whole. */
  readonly read: (paths: ReadonlyArray<string>, options: ReadOptions) => Effect.Effect<TraceRead, IngestError>
  /** Where each file stands for itself; without it a trace is read as one stream. */
  readonly perFile?: PerFile<any>
}

const isSource = (value: unknown): value is TraceSource => {
  if (typeof value !== "object" || value === null) return false
  const source = value as Partial<Record<keyof TraceSource, unknown>>
  return (
    source.contract === traceFormatContract &&
    typeof source.id === "string" &&
    typeof source.title === "string" &&
    Array.isArray(source.endings) &&
    typeof source.recognises === "function" &&
    typeof source.read === "function"
  )
}

/** Finds trace formats by built-in name, package or path: `loadPlugin(traceFormatKind, name)`. */
export const traceFormatKind = pluginKind<TraceSource>({
  name: "trace-format",
  title: "trace format",
  contract: traceFormatContract,
  home: "@moira/ingest/formats",
  from: import.meta.url,
  is: isSource
})
