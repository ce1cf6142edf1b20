import { barDomain, bars } from "../../../drawing/bars.ts"
import { figure } from "../../../figure.ts"
import { integer, percent, percentTick, real } from "../../../format.ts"
import { forecastOf, colourOf, shown } from "../forecasts.ts"
import { figureWidth, hue } from "../../../theme.ts"

/** Hit rates of small caches that forecasts drive, against LRU and the best without prefetch. */
export const forecastCaches = figure("forecast-caches", "forecast", (evidence) => {
  const result = forecastOf(evidence)
  if (result === undefined || result.references.length === 0) return undefined
  const groups = result.references.map(({ capacity, lru, lruFetchesPerToken, belady }) => ({
    title: `${integer(capacity)} experts a layer`,
    rows: [
      ...shown(result).flatMap((one, i) => {
        const cache = one.caches.find((of) => of.capacity === capacity)
        if (cache === undefined) return []
        const { hitRate, fetchesPerToken } = cache
        return [
          {
            label: one.title,
            segments: [{ value: hitRate, colour: colourOf(i, one) }],
            text: percent(hitRate),
            note: `${real(fetchesPerToken)} fetches a token`
          }
        ]
      }),
      {
        label: "LRU, no forecast",
        segments: [{ value: lru, colour: hue.grey }],
        text: percent(lru),
        note: `${real(lruFetchesPerToken)} fetches a token`
      },
      {
        label: "Belady, knows the future",
        segments: [{ value: belady, colour: hue.grey }],
        text: percent(belady),
        note: "the bound without prefetch"
      }
    ]
  }))
  const [, high] = barDomain(groups, false)
  return {
    title: "What a forecast is worth to a cache of experts",
    caption:
      `Hits of a cache that lives through the test requests one by one: before each token ` +
      `as many experts as it chooses (${result.topK}) are brought in, those put first, misses on demand, and the lowest score makes room. Prefetch can pass Belady's bound, which has none.`,
    picture: bars(groups, { label: "Hit rate", format: percentTick }, figureWidth.full, [0, Math.max(high, 0.05)])
  }
})
