/** What a thread is handed and asked, and what it answers. Plain values only. */
import type { Thrown } from "../thrown.ts"

/** What a thread works on from now on. */
export interface Handed {
  /** URL of the task's module. */
  readonly module: string
  readonly shared: unknown
}

export interface Job {
  readonly id: number
  readonly input: unknown
  /** Where it is not what the thread had before. */
  readonly handed?: Handed
}

/** What a thread answers to a job. */
export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly reason: "JobFailed" | "BadTask"; readonly error: Thrown }
