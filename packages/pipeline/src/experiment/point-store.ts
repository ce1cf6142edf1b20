/** The seam to finished points: results one by one, so that a sweep that is broken off goes on where it was. */
import { Context, Effect, Layer } from "effect"
import type { ExperimentError } from "./error.ts"
import type { Failure } from "./kinds/kind.ts"

/** How a point ended: the text of its result document, with files by path below the point's own folder, or why it cannot be. */
export type PointOutcome =
  | { readonly state: "done"; readonly text: string; readonly files?: ReadonlyMap<string, string> }
  | { readonly state: "failed"; readonly failure: Failure }

/** Who computes a point at present. */
export interface Holder {
  readonly pid: number
  readonly host: string
}

/** How long points took, for estimates; no part of any result. */
export interface PointTime {
  readonly key: string
  readonly seconds: number
}

export interface PointStoreShape {
  /** How a point ended; undefined where it did not yet. */
  readonly read: (key: string) => Effect.Effect<PointOutcome | undefined, ExperimentError>
  /** Whether {@link read} would find something, and what, without reading the result. */
  readonly state: (key: string) => Effect.Effect<"done" | "failed" | undefined, ExperimentError>
  /** Appears whole or not at all. */
  readonly write: (key: string, outcome: PointOutcome) => Effect.Effect<void, ExperimentError>
  /** Takes a point for this process; who has it where another does, which is not waited for. */
  readonly claim: (key: string) => Effect.Effect<Holder | undefined, ExperimentError>
  readonly release: (key: string) => Effect.Effect<void>
  /** Points that processes hold at present. */
  readonly held: Effect.Effect<number>
  readonly noteTime: (time: PointTime) => Effect.Effect<void>
  readonly times: Effect.Effect<ReadonlyArray<PointTime>>
  /** Forgets failures, so that they are tried again. */
  readonly forget: (key: string) => Effect.Effect<void, ExperimentError>
}

/** Where finished points lie. */
export class PointStore extends Context.Service<PointStore, PointStoreShape>()("@moira/pipeline/PointStore") {}

/** Points in memory: of a page, or of a run that nobody goes on with. */
export const memoryPoints: Layer.Layer<PointStore> = Layer.sync(PointStore, () => {
  const outcomes = new Map<string, PointOutcome>()
  const times: Array<PointTime> = []
  return {
    read: (key) => Effect.sync(() => outcomes.get(key)),
    state: (key) => Effect.sync(() => outcomes.get(key)?.state),
    write: (key, outcome) => Effect.sync(() => void outcomes.set(key, outcome)),
    claim: () => Effect.succeed(undefined),
    release: () => Effect.void,
    held: Effect.succeed(0),
    noteTime: (time) => Effect.sync(() => void times.push(time)),
    times: Effect.sync(() => times),
    forget: (key) => Effect.sync(() => void outcomes.delete(key))
  }
})
