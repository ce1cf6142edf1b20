/** An analysis that threads of tests import: counts of experts by layer, and a sum that depends on the next layer. */
import type { Accumulator, TraceContext } from "../src/accumulator.ts"
import { type Analysis, analysisContract } from "../src/analysis.ts"

export interface HistogramState {
  readonly counts: Map<number, Uint32Array>
  readonly steps: Map<number, number>
}

export const histogram = (
  { model }: TraceContext,
  { weight }: { readonly weight: number }
): Accumulator<HistogramState, ReadonlyArray<readonly [number, ReadonlyArray<number>, number]>> => {
  const addTo = ({ counts, steps }: HistogramState, layer: number, more: Uint32Array, sum: number) => {
    const own = counts.get(layer) ?? new Uint32Array(model.experts)
    counts.set(
      layer,
      own.map((count, expert) => count + more[expert]!)
    )
    steps.set(layer, (steps.get(layer) ?? 0) + sum)
  }
  return {
    id: "test.histogram",
    empty: () => ({ counts: new Map(), steps: new Map() }),
    add: (state, { layerIndex, current, next }) => {
      const counts = new Uint32Array(model.experts)
      for (const id of current.ids) if (id < model.experts) counts[id]! += weight
      const sum = next === undefined ? 0 : next.ids.reduce((total, id, i) => total + id * current.ids[i]!, 0)
      addTo(state, layerIndex, counts, sum)
    },
    merge: (into, from) => {
      for (const [layer, counts] of from.counts) addTo(into, layer, counts, from.steps.get(layer)!)
    },
    finish: ({ counts, steps }) =>
      [...counts].toSorted(([a], [b]) => a - b).map(([layer, own]) => [layer, [...own], steps.get(layer)!])
  }
}

const id = "histogram"

/** Counts selections as often as the seed says; the same in this thread alone where it names no module. */
export const inline = {
  contract: analysisContract,
  id,
  kind: { schema: "test-histogram/1" },
  accumulator: (context: TraceContext, { seed }: { readonly seed: number }) => histogram(context, { weight: seed })
} satisfies Analysis

export default { ...inline, module: () => import.meta.url } satisfies Analysis
