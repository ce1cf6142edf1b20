/** The decode selections that a simulation needs, in memory that worker threads share where they can. */
import { Effect } from "effect"
import type { Knowledge } from "@moira/allocation"
import {
  type LayerSelections,
  missingExpert,
  recordedTokens,
  rejectedDrafts,
  type RequestRow,
  TraceStore
} from "@moira/trace"
import { choosableIds, given, type Model, taggedProblem, Progress, sharedBytes } from "@moira/core"

export class SimulationError extends taggedProblem("SimulationError", [
  "NoDecodeTokens",
  "BadOption",
  "UnknownMachine",
  "PointFailed",
  "Disagreement",
  "BadMachine",
  "BadPlacement",
  "OtherTrace"
]) {}

/**
 * `ids[((layerIndex * steps + step) * requests + request) * topK + k]` is the expert that decode token `step` of a
 * request chose; bytes where the model has at most 256 experts, none of them zero, and nothing is missing. Requests with fewer than
 * `step + 1` decode tokens have no entry there.
 */
export interface DecodeWindow {
  readonly model: Model
  readonly layers: ReadonlyArray<number>
  readonly requests: number
  readonly steps: number
  /** Where ids are 16 bits wide 0xffff marks a hole and 0xfffe the choice of a zero expert. */
  readonly ids: Uint8Array | Uint16Array
  readonly decodeTokens: Uint32Array
  /** `[step * requests + request]` 1 for a token that was drafted and rejected: work, but no token made. Left out where none was. */
  readonly rejected?: Uint8Array
  /** What the prompts of these requests tell, where some strategy asks for it. */
  readonly knowledge?: Knowledge
}

export interface WindowOptions {
  /** Distinct requests to hold, from the first; at most what the store has. */
  readonly requests: number
  /** Decode steps to hold; at most the longest request's. */
  readonly steps: number
}

/** Spreads one layer's decode rows over the window; a hot loop, no allocation. */
const copyLayer = (window: DecodeWindow, layerIndex: number, selections: LayerSelections): void => {
  const { requests, steps, ids } = window
  const { offsets, topK } = selections
  for (let r = 0; r < requests; r++) {
    const rows = Math.min(steps, offsets[r + 1]! - offsets[r]!)
    for (let t = 0; t < rows; t++) {
      const from = (offsets[r]! + t) * topK
      const to = ((layerIndex * steps + t) * requests + r) * topK
      for (let k = 0; k < topK; k++) ids[to + k] = selections.ids[from + k]!
    }
  }
}

const rejectedTokens = (rows: ReadonlyArray<RequestRow>, steps: number): Uint8Array | undefined => {
  const rejected = rows.map(rejectedDrafts)
  if (rejected.every((of) => of === undefined)) return undefined
  const out = new Uint8Array(sharedBytes(steps * rows.length))
  rejected.forEach((of, r) => {
    for (let t = 0; t < Math.min(steps, of?.length ?? 0); t++) out[t * rows.length + r] = of![t]!
  })
  return out
}

/**
 * Reads the first decode tokens of the first requests of the provided trace, layer by layer. Tokens of which some layer was
 * not recorded are left out, since they would be steps without work.
 */
export const loadWindow = Effect.fn("simulator.loadWindow")(function* (options: WindowOptions) {
  const store = yield* Effect.flatMap(TraceStore, recordedTokens)
  const report = yield* Progress
  const { model, layers, counts } = store.manifest
  const requests = Math.min(options.requests, store.requests.length)
  const decodeTokens = Uint32Array.from(store.requests.slice(0, requests), (row) => row.decodeTokens)
  const steps = Math.min(
    options.steps,
    decodeTokens.reduce((a, b) => Math.max(a, b), 0)
  )
  if (steps === 0) {
    return yield* new SimulationError({
      reason: "NoDecodeTokens",
      where: model.title,
      what: "the trace has no decode tokens to simulate",
      hint: "record decode steps, or make a twin with `moira synth`"
    })
  }
  const size = layers.length * steps * requests * model.topK
  const bytes = choosableIds(model) === model.experts && model.experts <= 256 && counts.missingIds === 0
  const window: DecodeWindow = {
    model,
    layers,
    requests,
    steps,
    decodeTokens,
    ...given({ rejected: rejectedTokens(store.requests.slice(0, requests), steps) }),
    ids: bytes ? new Uint8Array(sharedBytes(size)) : new Uint16Array(sharedBytes(2 * size)).fill(missingExpert)
  }
  for (const [layerIndex, layer] of layers.entries()) {
    copyLayer(window, layerIndex, yield* store.read({ layer, from: 0, to: requests, phase: "decode" }))
    report({ stage: "load trace", done: layerIndex + 1, total: layers.length, unit: "layers" })
    yield* Effect.yieldNow
  }
  return window
})
