/** The seam to analyses: fold chunks of a trace into a state that merges, then a result. */
import { Effect } from "effect"
import type { Model } from "./model.ts"
import { Progress } from "./progress.ts"
import type { RequestRow } from "./requests.ts"
import type { LayerSelections } from "./selections.ts"
import { TraceStore } from "./store.ts"

/** What every accumulator may know before the first chunk. */
export interface TraceContext {
  readonly model: Model
  /** Real numbers of the MoE layers, ascending; `layerIndex` counts in this list. */
  readonly layers: ReadonlyArray<number>
  readonly requests: ReadonlyArray<RequestRow>
}

/** Both phases of some requests at one MoE layer, and at the next MoE layer where there is one. */
export interface LayerChunk {
  readonly layerIndex: number
  readonly current: LayerSelections
  readonly next: LayerSelections | undefined
}

/**
 * `add` changes `state` in place and is called layer by layer, for each layer in request order; a hot loop,
 * so no Effect inside. `merge` adds `from` into `into`. Any chunking and any merge order gives the same result.
 */
export interface Accumulator<S, R> {
  readonly id: string
  readonly empty: () => S
  readonly add: (state: S, chunk: LayerChunk) => void
  readonly merge: (into: S, from: S) => void
  readonly finish: (state: S) => R
}

/** The context of the trace that is provided. */
export const traceContext = TraceStore.use((store) =>
  Effect.succeed<TraceContext>({
    model: store.manifest.model,
    layers: store.manifest.layers,
    requests: store.requests
  })
)

/** Accumulators by name; the result type is read off it. */
export type Accumulators = Readonly<Record<string, Accumulator<any, any>>>
export type Results<A extends Accumulators> = {
  readonly [K in keyof A]: A[K] extends Accumulator<any, infer R> ? R : never
}

export interface AccumulateOptions {
  /** Requests read at a time; memory is two layers of that many. */
  readonly chunkRequests?: number
}

/** Runs accumulators over the provided trace in one pass, one layer (with its successor) at a time. */
export const accumulate = Effect.fn("trace.accumulate")(function* <A extends Accumulators>(
  accumulators: A,
  options: AccumulateOptions = {}
) {
  const store = yield* TraceStore
  const report = yield* Progress
  const { layers, counts } = store.manifest
  const step = Math.max(1, options.chunkRequests ?? 4096)
  const entries = Object.entries(accumulators).map(([name, accumulator]) => {
    return { name, accumulator, state: accumulator.empty() as unknown }
  })
  // The successor of one layer is the next layer's own block: kept while a layer fits in one chunk.
  let kept: LayerSelections | undefined
  for (let layerIndex = 0; layerIndex < layers.length; layerIndex++) {
    for (let from = 0; from < counts.requests; from += step) {
      const to = Math.min(from + step, counts.requests)
      const read = (index: number) => store.read({ layer: layers[index]!, from, to })
      const current = kept !== undefined && step >= counts.requests ? kept : yield* read(layerIndex)
      const next = layerIndex + 1 < layers.length ? yield* read(layerIndex + 1) : undefined
      kept = next
      for (const { accumulator, state } of entries) accumulator.add(state, { layerIndex, current, next })
      yield* Effect.yieldNow
    }
    report({ stage: "analyse", done: layerIndex + 1, total: layers.length, unit: "layers" })
  }
  return Object.fromEntries(
    entries.map(({ name, accumulator, state }) => [name, accumulator.finish(state)])
  ) as Results<A>
})
