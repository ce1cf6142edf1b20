/** The seam to what an experiment reads: traces, counts and files, by the names that its document gives. */
import type { Plugins } from "@moira/core"
import type { InvalidSpec } from "@moira/hardware"
import type { CountsReader, StoreError, TraceReader } from "@moira/trace"
import { Context, type Effect, type Scope } from "effect"
import type { ExperimentError } from "./error.ts"
import type { TraceSource } from "./schema.ts"

/** A trace or counts, open. */
export type OpenedSource =
  | { readonly kind: "trace"; readonly name: string; readonly reader: TraceReader }
  | { readonly kind: "counts"; readonly name: string; readonly reader: CountsReader }

/** A file that a document names, such as a machine's spec or a placement. */
export interface NamedFile {
  /** As the document names it. */
  readonly name: string
  readonly text: string
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
}

/** Where experiments read from: folders, a page's memory, or whatever a program has. */
export class ExperimentInputs extends Context.Service<ExperimentInputs, InputSource>()(
  "@moira/pipeline/ExperimentInputs"
) {}

/** Digest of the content of what is open. */
export const contentOf = ({ reader }: OpenedSource): string => reader.manifest.contentSha256
