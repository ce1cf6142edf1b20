/** A response of a serving engine, whatever engine and transport: what of it tells which rows are of which tokens. */
import type { Usage } from "../../codecs/json/usage.ts"
import type { ContentFault } from "../../fault/content-fault.ts"
import type { StridedIds } from "../layer-major.ts"

/** Ids `[token][layer][k]` of which only the product of layers and k follows from the number of tokens. */
export interface FlatIds {
  readonly flat: Int32Array
  readonly place: string
}

export type Routed = StridedIds | FlatIds

export const isFlat = (routed: Routed): routed is FlatIds => "flat" in routed

/** One answer to the prompt. */
export interface Choice {
  readonly index: number
  readonly place: string
  readonly routed?: Routed
  /** What is wrong with the routing; the rest of the response was read. */
  readonly fault?: ContentFault
  /** First token of the sequence that has a row, where the engine says so. */
  readonly start?: number
  /** Tokens made, where they are listed or counted for this choice alone. */
  readonly made?: number
  /** Why it ended; `null` while it goes on, left out where nothing is said. */
  readonly finish?: string | null
}

export interface Response {
  readonly place: string
  readonly id?: string
  /** True for one of the parts that a stream consists of. */
  readonly chunk: boolean
  /** True for an event stream that the file ends before. */
  readonly cut?: boolean
  readonly model?: string
  /** Rows of the prompt that are given apart from those of the choices. */
  readonly prompt?: Routed
  readonly start?: number
  /** Of all choices together. */
  readonly usage: Usage
  /** Prompt tokens that are listed. */
  readonly promptListed?: number
  readonly choices: ReadonlyArray<Choice>
  /** What the engine answered in place of a response. */
  readonly failure?: string
}
