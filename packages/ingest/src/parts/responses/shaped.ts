/** A response whose rows have a shape, and what its engine does differently from others. */
import type { StridedIds } from "../layer-major.ts"
import type { Choice, Response } from "./response.ts"

/** What engines do differently. */
export interface Engine {
  /** True where it may return rows of the answer without those of its prompt. */
  readonly answerAlone: boolean
  /** How it calls the first token that has a row; left out where there can be no such field. */
  readonly startField?: string
}

/** A response whose rows have a shape. */
export interface Shaped extends Omit<Response, "prompt" | "choices"> {
  readonly prompt: StridedIds | undefined
  readonly engine: Engine
  readonly choices: ReadonlyArray<Omit<Choice, "routed"> & { readonly routed?: StridedIds }>
}

/** A choice with rows. */
export type Answer = Shaped["choices"][number] & { readonly routed: StridedIds }
