/** A decoded request as detectors of recorder faults see it, and what counts as evidence. */
import type { Model } from "@moira/core"
import { choosableIds, moeLayers } from "@moira/core/thread"
import type { Remark, TraceRequest } from "@moira/trace"

/** `ids[(layerIndex * tokens + token) * topK + k]`, prompt tokens first; 0xffff is a hole. */
export interface Rows {
  readonly ids: Uint16Array
  /** Real numbers of the layers. */
  readonly layers: ReadonlyArray<number>
  readonly tokens: number
  readonly prefillTokens: number
  readonly topK: number
  readonly experts: number
  /** log2 of the number of rows that the router can give. */
  readonly bits: number
  readonly source: string
}

/** What a detector finds: a suspicion, or nothing. */
export type Detector = (rows: Rows) => Remark | undefined

/** Rows of requests of one model. */
export const rowsFor = (model: Model): ((request: TraceRequest) => Rows) => {
  const { topK } = model
  const experts = choosableIds(model)
  const [layers, bits] = [moeLayers(model), choiceBits(experts, topK)]
  return ({ ids, prefillTokens, decodeTokens, source }) => {
    const tokens = prefillTokens + decodeTokens
    return { ids, layers, tokens, prefillTokens, topK, experts, bits, source }
  }
}

/** A coincidence of chance 2^-64 a request is none. Routing is skewed and correlated, so detectors ask for more than they must. */
export const enoughBits = 64

/** log2 of the number of rows that a router can give: of sets, without their order. */
export const choiceBits = (experts: number, topK: number): number => {
  let bits = 0
  for (let k = 0; k < topK; k++) bits += Math.log2((experts - k) / (k + 1))
  return bits
}

export const warning = (what: string, first?: string): Remark =>
  first === undefined ? { kind: "warning", what } : { kind: "warning", what, first }
