/** The seam to counts: whoever opens a counts store gives one. */
import type { Effect } from "effect"
import type { StoreError } from "../store.ts"
import type { ExpertCounts } from "./expert-counts.ts"
import type { CountsManifest } from "./manifest.ts"

/** Access to the workloads of a counts store. */
export interface CountsReader {
  readonly manifest: CountsManifest
  /** The counts of one workload; `NoSuchRequests` where there is none of that name. */
  readonly read: (workload: string) => Effect.Effect<ExpertCounts, StoreError>
}
