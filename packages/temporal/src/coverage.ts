/** Coverage figures of a layer, and their means over layers. */
import { bootstrapRatio, mean, sum } from "@moira/core/statistics"
import { type Coverage, meanAcrossTasks } from "@moira/results"
import type { HeldOutHits } from "./held-out.ts"
import type { Settings } from "./options.ts"

/** A coverage figure; held out it is `null` when nothing was trained on or nothing is left to judge. */
export const coverageOf = (
  inSample: number,
  heldOutHits: HeldOutHits,
  trained: boolean,
  bootstrap: Settings["bootstrap"]
): Coverage => {
  const pairs = sum(heldOutHits.totals)
  if (!trained || pairs === 0) return { inSample, heldOut: null, interval: null, popularity: null }
  return {
    inSample,
    heldOut: sum(heldOutHits.hits) / pairs,
    interval: bootstrapRatio(heldOutHits.hits, heldOutHits.totals, bootstrap) ?? null,
    popularity: sum(heldOutHits.popularHits) / pairs
  }
}

/**
 * Bootstrap interval of the mean over layers of `sum(hits) / sum(totals)`, entry r of both being of request r; layers
 * without a total are left out. The same requests are drawn for every layer: each layer's hits and totals are divided
 * by its total and summed over layers by request, which makes the ratio of the sums the mean of the ratios.
 */
export const pooledInterval = (
  layers: ReadonlyArray<{ readonly hits: ArrayLike<number>; readonly totals: ArrayLike<number> }>,
  bootstrap: Settings["bootstrap"]
): readonly [number, number] | null => {
  if (layers.length === 0) return null
  const hits = new Float64Array(layers[0]!.hits.length)
  const totals = new Float64Array(hits.length)
  for (const layer of layers) {
    let all = 0
    for (let r = 0; r < hits.length; r++) all += layer.totals[r]!
    if (all === 0) continue
    for (let r = 0; r < hits.length; r++) {
      hits[r]! += layer.hits[r]! / all
      totals[r]! += layer.totals[r]! / all
    }
  }
  return bootstrapRatio(hits, totals, bootstrap) ?? null
}

/**
 * The mean of the coverages of some layers, all weighing the same; `null` without any. The interval draws the same
 * requests for every layer.
 */
export const meanCoverage = (
  layers: ReadonlyArray<{ readonly coverage: Coverage; readonly heldOutHits: HeldOutHits }>,
  bootstrap: Settings["bootstrap"]
): Coverage | null => {
  if (layers.length === 0) return null
  const inSample = mean(layers.map(({ coverage }) => coverage.inSample))
  const across = meanAcrossTasks(layers.map(({ coverage }) => coverage))
  const measured = layers.filter(({ coverage }) => coverage.heldOut !== null)
  if (measured.length === 0) return { inSample, heldOut: null, interval: null, popularity: null, ...across }
  return {
    inSample,
    heldOut: mean(measured.map(({ coverage }) => coverage.heldOut!)),
    interval: pooledInterval(
      measured.map(({ heldOutHits }) => heldOutHits),
      bootstrap
    ),
    popularity: mean(measured.map(({ coverage }) => coverage.popularity!)),
    ...across
  }
}
