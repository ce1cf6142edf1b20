/** What changes over time, and what comes again, in a few lines for people. */
import type { TemporalResult } from "@moira/results"

const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? "–" : `${(100 * share).toFixed(1)} %`
const real = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : value.toFixed(2)

const position = ({ positionDrift }: TemporalResult): ReadonlyArray<string> => {
  const last = positionDrift?.mean?.windows.at(-1)
  if (positionDrift === null || last === undefined) return []
  const { from, to } = positionDrift.windows.at(-1)!
  return [
    `Drift over decode: steps ${from} to ${to - 1} are ${real(last.distance)} (Jensen-Shannon distance) from the first ` +
      `${positionDrift.width}, chance alone ${real(last.distanceFloor?.mean)}; the hot set of the first steps covers ` +
      `${percent(last.hotFirst)} of them, of prefill ${percent(last.hotPrefill)}, of the window before ` +
      `${percent(last.hotPrevious)}, in hindsight ${percent(last.hotOwn)}`
  ]
}

const requests = ({ requestDrift }: TemporalResult): ReadonlyArray<string> => {
  const mean = requestDrift?.mean
  if (requestDrift === null || mean === null || mean === undefined) return []
  const beyond = mean.pairs.filter(({ distance, floor }) => distance > floor.high).length
  return [
    `Drift over requests: ${requestDrift.blocks.length} blocks in trace order are ${real(mean.distance)} apart in the mean, ` +
      `in random order ${real(mean.floor.mean)} (p ${real(mean.pValue)}); ` +
      `${beyond} of ${mean.pairs.length} pairs are farther apart than chance`
  ]
}

const caches = ({ reuse }: TemporalResult): ReadonlyArray<string> =>
  (reuse?.batches ?? []).flatMap(({ batch, mean }) => {
    if (mean === null) return []
    const hits = mean.caches.map(
      ({ experts, lru, popularity }) => `${experts}: ${percent(lru)} (${percent(popularity)})`
    )
    return [
      `Experts cached a layer, ${batch === 1 ? "one request" : `batch of ${batch}`}: LRU hit rate ` +
        `(the most popular, held out): ${hits.join(", ")}`
    ]
  })

/** Lines on drift and reuse; none where they were not measured. */
export const changeLines = (temporal: TemporalResult | null): ReadonlyArray<string> =>
  temporal === null ? [] : [...position(temporal), ...requests(temporal), ...caches(temporal)]
