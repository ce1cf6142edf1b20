import { lineChart } from "../../../drawing/lines.ts"
import { grid } from "../../../drawing/picture.ts"
import { offloadOf, cacheLines, panelsOf, prefetchNote, slotsTitle } from "../expert-caches.ts"
import { figure } from "../../../figure.ts"
import { integer, percent, tick } from "../../../format.ts"
import { figureWidth } from "../../../theme.ts"

/** Hit rate against the size of the cache, one line a policy. */
export const expertCacheHits = figure("expert-cache-hits", "caches", (evidence) => {
  const result = offloadOf(evidence)
  if (result === undefined || result.runs.length === 0) return undefined
  const panels = panelsOf(result)
  const single = panels.length === 1
  const predictor = result.cachePredictor === null ? "" : ` Predicted goes by the forecast of ${result.cachePredictor}.`
  return {
    title: "Cache hits against capacity",
    caption:
      `Share of the experts that layer steps need which are there when they are needed; bands are 95 % intervals from ` +
      `${integer(result.split.test)} requests that nothing was learnt from. Belady knows the future: no cache without ` +
      `prefetch hits more.${predictor}${prefetchNote(result)}`,
    picture: grid(
      panels.map(({ title, runs }) =>
        lineChart({
          title,
          lines: cacheLines(
            runs,
            (run) => run.metrics["hit_rate"] ?? 0,
            (run) => run.hitRateInterval
          ),
          x: slotsTitle(result),
          y: { label: "Hit rate", domain: [0, 1], format: tick((v) => percent(v, 0)) },
          width: single ? figureWidth.full : figureWidth.half,
          height: single ? 400 : 330
        })
      ),
      single ? 1 : 2
    )
  }
})
