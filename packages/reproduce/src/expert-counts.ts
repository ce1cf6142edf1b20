/** How often each expert was chosen in a store, layer by layer. */
import { countExperts, type Phase, TraceStore } from "@moira/trace"
import { storeLayer } from "@moira/trace/node"
import { Effect } from "effect"
import type { StoreAt } from "./bench.ts"

/** Selections of one phase, by layer index and expert. */
export const storeCounts = Effect.fn("reproduce.storeCounts")(function* ({ directory }: StoreAt, phase: Phase) {
  const read = Effect.gen(function* () {
    const store = yield* TraceStore
    const { model, layers } = store.manifest
    return yield* Effect.forEach(
      layers,
      Effect.fnUntraced(function* (layer) {
        const { ids } = yield* store.read({ layer, phase })
        const counts = new Uint32Array(model.experts)
        countExperts(ids, 0, ids.length, model.experts, counts)
        return counts
      })
    )
  })
  return yield* read.pipe(Effect.provide(storeLayer(directory)))
})
