/** The seam to what an experiment reads: traces, counts and files, by the names that its document gives. */
import type { Model, Plugins } from "@moira/core"
import type { InvalidSpec } from "@moira/hardware"
import type { CountsInput } from "@moira/results"
import type { CountsReader, StoreError, TraceReader } from "@moira/trace"
import { Context, type Effect, type Scope } from "effect"
import type { CountsSource } from "../place/counts.ts"
import type { ExperimentError } from "./error.ts"
import type { TraceSource } from "./schema-parts.ts"

/** A trace or counts, open. */
export type OpenedSource =
  | { readonly kind: "trace"; readonly name: string; readonly reader: TraceReader }
  | { readonly kind: "counts"; readonly name: string; readonly reader: CountsReader }
  /** A file of counts as a recorder wrote it, read where it is used. */
  | { readonly kind: "recording"; readonly name: string; readonly contentSha256: string }

/** A file that a document names, such as a machine's spec or a placement. */
export interface NamedFile {
  /** As the document names it. */
  readonly name: string
  readonly text: string
}

/** Which counts are meant. */
export interface CountsAsked {
  /** Name of a workload, where there are several. */
  readonly workload?: string
  /** Name or file of the model; read off the counts when left out. */
  readonly model?: string
}

/** Counts of one workload, and what a result says of them. */
export interface FoundCounts extends CountsSource {
  readonly input: CountsInput
}

export interface InputSource {
  /**
   * Opens what a document says; it stays open as long as the scope. `format` reads recordings, where they are to be read.
   * Content that differs from what the document expects is refused by whoever asks.
   */
  readonly open: (
    source: TraceSource,
    format?: string
  ) => Effect.Effect<OpenedSource, ExperimentError | StoreError, Plugins | Scope.Scope>
  readonly text: (name: string) => Effect.Effect<NamedFile, ExperimentError | InvalidSpec>
  /** What lies under a name: a store of traces or of counts, something else, or nothing. */
  readonly what: (name: string) => "trace" | "counts" | "other" | undefined
  /** Counts of one workload, out of a store or of a file that a recorder wrote. */
  readonly counts: (name: string, asked: CountsAsked) => Effect.Effect<FoundCounts, Error, Plugins>
  /** A model by its name in the catalogue, or of a file. */
  readonly model: (name: string) => Effect.Effect<Model, Error>
}

/** Where experiments read from: folders, a page's memory, or whatever a program has. */
export class ExperimentInputs extends Context.Service<ExperimentInputs, InputSource>()(
  "@moira/pipeline/ExperimentInputs"
) {}

/** Digest of the content of what is open. */
export const contentOf = (source: OpenedSource): string =>
  source.kind === "recording" ? source.contentSha256 : source.reader.manifest.contentSha256
