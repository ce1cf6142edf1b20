/** Progress as a service that does nothing unless somebody listens: read it once, call it from loops. */
import { Context } from "effect"

export interface ProgressEvent {
  /** What is being done, for example `ingest`. */
  readonly stage: string
  readonly done: number
  readonly total: number
  /** What is counted, for example `requests`. */
  readonly unit: string
  /** More to say of it, for example `3 failed`. */
  readonly more?: string
}

export const Progress = Context.Reference<(event: ProgressEvent) => void>("@moira/core/Progress", {
  defaultValue: () => () => undefined
})
