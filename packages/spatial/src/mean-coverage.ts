/** The mean of coverages over layers. */
import { bootstrapRatio, mean, sum } from "@moira/core/statistics"
import { type Coverage, meanAcrossTasks } from "@moira/results"
import type { Settings } from "./options.ts"

/** Held-out selections, and those that were foreseen, by request of the trace; zero for training requests. */
export interface HeldOutHits {
  readonly totals: Float64Array
  readonly hits: Float64Array
}

/**
 * Mean over layers, all weighing the same. The interval draws the same requests for every layer: each layer's hits and
 * totals are divided by its total and summed over layers by request, so the ratio of the sums is the mean of the ratios.
 */
export const meanCoverage = (
  layers: ReadonlyArray<{ readonly coverage: Coverage; readonly heldOutHits: HeldOutHits }>,
  bootstrap: Settings["bootstrap"]
): Coverage => {
  const inSample = mean(layers.map(({ coverage }) => coverage.inSample))
  const known = layers.map(({ coverage }) => coverage.popularity).filter((share) => share !== null)
  const popularity = known.length === 0 ? null : mean(known)
  const measured = layers.filter(({ coverage }) => coverage.heldOut !== null)
  const across = meanAcrossTasks(layers.map(({ coverage }) => coverage))
  if (measured.length === 0) return { inSample, heldOut: null, interval: null, popularity, ...across }
  const hits = new Float64Array(measured[0]!.heldOutHits.hits.length)
  const totals = new Float64Array(hits.length)
  for (const { heldOutHits } of measured) {
    const all = sum(heldOutHits.totals)
    for (let r = 0; r < hits.length; r++) {
      hits[r]! += heldOutHits.hits[r]! / all
      totals[r]! += heldOutHits.totals[r]! / all
    }
  }
  return {
    inSample,
    heldOut: mean(measured.map(({ coverage }) => coverage.heldOut!)),
    interval: bootstrapRatio(hits, totals, bootstrap) ?? null,
    popularity,
    ...across
  }
}
