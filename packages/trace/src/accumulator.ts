/** The seam to analyses: fold chunks of a trace into a state that merges, then a result. */
import { Effect } from "effect"
import { type Model, Progress } from "@moira/core"
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
  /** Requests read at a time. */
  readonly chunkRequests?: number
  /** Most bytes of ids of the next layer that are kept so that they are read once; 1 GiB when left out. */
  readonly keepBytes?: number
}

/** Positions `from` to `to - 1` in the list of MoE layers. */
export interface LayerRange {
  readonly from: number
  readonly to: number
}

/** A state by accumulator, of one run over some layers. */
type States<A extends Accumulators> = { readonly [K in keyof A]: unknown }

/** Folds the layers of a range into new states, one layer (with its successor) at a time. */
export const accumulateLayers = Effect.fn("trace.accumulateLayers")(function* <A extends Accumulators>(
  accumulators: A,
  range: LayerRange,
  options: AccumulateOptions = {},
  onLayer: (done: number) => void = () => undefined
) {
  const store = yield* TraceStore
  const { layers, counts } = store.manifest
  const step = Math.max(1, options.chunkRequests ?? 4096)
  const keepBytes = options.keepBytes ?? 2 ** 30
  const entries = Object.entries(accumulators).map(([name, accumulator]) => {
    return { name, accumulator, state: accumulator.empty() as unknown }
  })
  // The successor of one layer is the next layer's own block: its chunks are kept, by first request, until they are used.
  let kept = new Map<number, LayerSelections>()
  for (let layerIndex = range.from; layerIndex < range.to; layerIndex++) {
    const coming = new Map<number, LayerSelections>()
    let bytes = 0
    for (let from = 0; from < counts.requests; from += step) {
      const to = Math.min(from + step, counts.requests)
      const read = (index: number) => store.read({ layer: layers[index]!, from, to })
      const current = kept.get(from) ?? (yield* read(layerIndex))
      kept.delete(from)
      const next = layerIndex + 1 < layers.length ? yield* read(layerIndex + 1) : undefined
      if (next !== undefined && bytes + next.ids.byteLength <= keepBytes) {
        bytes += next.ids.byteLength
        coming.set(from, next)
      }
      for (const { accumulator, state } of entries) accumulator.add(state, { layerIndex, current, next })
      yield* Effect.yieldNow
    }
    kept = coming
    onLayer(layerIndex + 1 - range.from)
  }
  return Object.fromEntries(entries.map(({ name, state }) => [name, state])) as States<A>
})

/** Results of finished states. */
const finishAll = <A extends Accumulators>(accumulators: A, states: States<A>): Results<A> =>
  Object.fromEntries(
    Object.entries(accumulators).map(([name, accumulator]) => [name, accumulator.finish(states[name])])
  ) as Results<A>

/** Runs accumulators over the provided trace in one pass, one layer (with its successor) at a time. */
export const accumulate = Effect.fn("trace.accumulate")(function* <A extends Accumulators>(
  accumulators: A,
  options: AccumulateOptions = {}
) {
  const store = yield* TraceStore
  const report = yield* Progress
  const total = store.manifest.layers.length
  const states = yield* accumulateLayers(accumulators, { from: 0, to: total }, options, (done) =>
    report({ stage: "analyse", done, total, unit: "layers" })
  )
  return finishAll(accumulators, states)
})
