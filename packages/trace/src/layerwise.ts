/**
 * Accumulators that need all requests of a layer at once, in memory of one layer.
 *
 * Held-out coverage is chosen on some requests and measured on others, so nothing can be measured before the last
 * request of a layer is there. The state therefore keeps the chunks of a layer (references: chunks are read-only)
 * until they hold every request of the trace, then reduces the layer to a summary and lets the chunks go. Driven layer
 * by layer, that is two layers of ids and one layer's matrices; states of disjoint request ranges keep their chunks
 * until they are merged. A summary is made from the chunks in request order, so how they came does not matter.
 */
import type { Accumulator, LayerChunk, TraceContext } from "./accumulator.ts"

export interface LayerwiseState<S> {
  /** Chunks of the layers that still lack requests, by layer index. */
  readonly pending: Map<number, ReadonlyArray<LayerChunk>>
  /** Summaries of complete layers, by layer index. */
  readonly done: Map<number, S>
}

export interface Layerwise<S, R> {
  readonly id: string
  /** Reduces a layer; the chunks come in request order and do not overlap. */
  readonly summarise: (layerIndex: number, chunks: ReadonlyArray<LayerChunk>) => S
  /** Drops from summaries what the result will not show, whatever layers are still to come. */
  readonly thin: (summaries: Map<number, S>) => void
  /** The result from the summaries of the layers that were added, ascending. */
  readonly conclude: (summaries: ReadonlyArray<S>) => R
}

const inRequestOrder = (chunks: ReadonlyArray<LayerChunk>): ReadonlyArray<LayerChunk> => {
  const sorted = chunks.toSorted((x, y) => x.current.firstRequest - y.current.firstRequest)
  sorted.reduce((end, { current }) => {
    if (current.firstRequest < end) throw new RangeError(`layer ${current.layer}: request ${end - 1} came twice`)
    return current.firstRequest + current.requests
  }, 0)
  return sorted
}

/** An accumulator from how a layer is reduced and how the result is put together. */
export const layerwise = <S, R>(context: TraceContext, part: Layerwise<S, R>): Accumulator<LayerwiseState<S>, R> => {
  const put = (state: LayerwiseState<S>, layerIndex: number, chunks: ReadonlyArray<LayerChunk>): void => {
    const present = chunks.filter(({ current }) => current.requests > 0)
    if (present.length === 0) return
    if (state.done.has(layerIndex)) throw new RangeError(`layer ${context.layers[layerIndex]} came twice`)
    const all = [...(state.pending.get(layerIndex) ?? []), ...present]
    const requests = all.reduce((total, { current }) => total + current.requests, 0)
    if (requests < context.requests.length) {
      state.pending.set(layerIndex, all)
      return
    }
    state.pending.delete(layerIndex)
    state.done.set(layerIndex, part.summarise(layerIndex, inRequestOrder(all)))
    part.thin(state.done)
  }
  return {
    id: part.id,
    empty: () => ({ pending: new Map(), done: new Map() }),
    add: (state, chunk) => put(state, chunk.layerIndex, [chunk]),
    merge: (into, from) => {
      for (const [layerIndex, summary] of from.done) {
        if (into.done.has(layerIndex)) throw new RangeError(`layer ${context.layers[layerIndex]} came twice`)
        into.done.set(layerIndex, summary)
      }
      for (const [layerIndex, chunks] of from.pending) put(into, layerIndex, chunks)
      part.thin(into.done)
    },
    finish: (state) => {
      const summaries = new Map(state.done)
      // A trace that was only partly added is answered from the requests that were.
      for (const [layerIndex, chunks] of state.pending) {
        summaries.set(layerIndex, part.summarise(layerIndex, inRequestOrder(chunks)))
      }
      part.thin(summaries)
      return part.conclude([...summaries].toSorted(([a], [b]) => a - b).map(([, summary]) => summary))
    }
  }
}
