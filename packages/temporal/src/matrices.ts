/** The joint and conditional matrices of every layer, one at a time: a trace's matrices together may be gigabytes. */
import { type Phase, TraceStore } from "@moira/trace"
import { Effect } from "effect"
import { addPart, layerSteps, type Part, type Steps, tokenSteps } from "./steps.ts"

/** Joint counts of one relation at one layer, `experts x experts`, row-major: `counts[i * experts + j]`. */
export interface RelationMatrix {
  readonly relation: "cross-layer" | "cross-token"
  readonly phase: Phase
  readonly layer: number
  /** Layer of j: the next MoE layer for cross-layer, `layer` itself for cross-token. */
  readonly nextLayer: number
  readonly experts: number
  /** Valid until the visitor is done: the next matrix is counted into the same memory. */
  readonly counts: Uint32Array
}

export interface MatrixOptions {
  /** Which steps are counted; all of them (`both`) when left out. */
  readonly phases?: ReadonlyArray<Phase>
  /** Real numbers of the layers i is taken from; every MoE layer when left out. */
  readonly layers?: ReadonlyArray<number>
  /** Requests read at a time; memory is two layers of that many and a matrix for each relation and phase. */
  readonly chunkRequests?: number
}

const parts: Readonly<Record<Phase, ReadonlyArray<Part>>> = {
  prefill: ["prefill"],
  decode: ["decode"],
  both: ["prefill", "decode", "between"]
}

/**
 * P(j | i) of joint counts: each row divided by its sum. A row i that was never seen is all zeros, which no other
 * row is.
 */
export const conditional = (counts: Uint32Array, experts: number): Float32Array => {
  const shares = new Float32Array(counts.length)
  for (let first = 0; first < counts.length; first += experts) {
    let sum = 0
    for (let k = first; k < first + experts; k++) sum += counts[k]!
    if (sum > 0) for (let k = first; k < first + experts; k++) shares[k] = counts[k]! / sum
  }
  return shares
}

/**
 * Calls `visit` for the matrices of the provided trace: for each layer cross-layer to the next MoE layer (none at the
 * last) and cross-token, each in every phase asked for. One matrix of a relation and phase is in memory at a time.
 */
export const eachMatrix = Effect.fn("temporal.eachMatrix")(function* <E, R>(
  visit: (matrix: RelationMatrix) => Effect.Effect<void, E, R>,
  options: MatrixOptions = {}
) {
  const store = yield* TraceStore
  const { layers, model, counts: size } = store.manifest
  const { phases = ["both"], chunkRequests = 4096 } = options
  const { experts } = model
  const relations = ["cross-layer", "cross-token"] as const
  const wanted = relations.flatMap((relation) =>
    phases.map((phase) => ({ relation, phase, counts: new Uint32Array(experts * experts) }))
  )
  for (const [layerIndex, layer] of layers.entries()) {
    if (options.layers !== undefined && !options.layers.includes(layer)) continue
    const nextLayer = layers[layerIndex + 1]
    const here = wanted.filter(({ relation }) => relation === "cross-token" || nextLayer !== undefined)
    for (const { counts } of here) counts.fill(0)
    for (let from = 0; from < size.requests; from += chunkRequests) {
      const to = Math.min(from + chunkRequests, size.requests)
      const current = yield* store.read({ layer, from, to })
      const next = nextLayer === undefined ? undefined : yield* store.read({ layer: nextLayer, from, to })
      const steps: Readonly<Record<(typeof relations)[number], Steps | undefined>> = {
        "cross-layer": layerSteps({ current, next }),
        "cross-token": tokenSteps({ current })
      }
      for (const { relation, phase, counts } of here) {
        for (const part of parts[phase]) addPart(steps[relation]!, part, counts)
      }
      yield* Effect.yieldNow
    }
    for (const { relation, phase, counts } of here) {
      const to = relation === "cross-layer" ? nextLayer! : layer
      yield* visit({ relation, phase, layer, nextLayer: to, experts, counts })
    }
  }
})
