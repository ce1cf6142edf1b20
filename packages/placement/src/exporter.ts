/** The seam to serving engines: a placement as the files that they load, and back. */
import { type Model, pluginKind, taggedProblem } from "@moira/core"
import { Effect } from "effect"
import type { Placement } from "@moira/hardware"

export class ExportError extends taggedProblem("ExportError", [
  "EmptySlots",
  "Unsuitable",
  "Malformed",
  "WrongShape",
  "TooLarge"
]) {}

/** Version of the export contract. */
export const exportContract = "export/v1"

/** A text file; `name` has no folder. */
export interface ExportFile {
  readonly name: string
  readonly text: string
}

/** What a file does not say of itself. */
export interface ExportTarget {
  readonly model: Model
  /** Units that the experts lie on: the expert-parallel size. */
  readonly units: number
}

/** One form of a placement. Deterministic, and `read(write(placement)) = placement` for every placement that it accepts. */
export interface ExportPolicy {
  readonly contract: typeof exportContract
  readonly id: string
  readonly title: string
  /** How the engine is told to load it: a flag or a setting. */
  readonly loads: string
  /** Whether a file's text looks like this form, at a glance: no two forms may claim the same text. */
  readonly recognises: (text: string) => boolean
  readonly write: (placement: Placement, model: Model) => Effect.Effect<ReadonlyArray<ExportFile>, ExportError>
  /** Strict: what {@link write} would not have written for this model is refused. */
  readonly read: (files: ReadonlyArray<ExportFile>, target: ExportTarget) => Effect.Effect<Placement, ExportError>
}

/** How exporters are found by name, package or path. */
export const exporterKind = pluginKind<ExportPolicy>({
  name: "exporter",
  contract: exportContract,
  home: "@moira/placement/exporters",
  from: import.meta.url,
  form: { id: "id", title: "text", loads: "text", recognises: "function", write: "function", read: "function" }
})

/** An effect of a plain function that throws `ExportError` where it refuses. */
export const refusing = <A>(body: () => A): Effect.Effect<A, ExportError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(body())
    } catch (error) {
      if (error instanceof ExportError) return Effect.fail(error)
      throw error
    }
  })
