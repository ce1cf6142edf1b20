import { barDomain, bars } from "../../../drawing/bars.ts"
import { figure } from "../../../figure.ts"
import { integer, percent, percentTick, points } from "../../../format.ts"
import { forecastOf, isCombination, leadWords, ranked } from "../forecasts.ts"
import { figureWidth, hue } from "../../../theme.ts"

/** Recall of every predictor among the model's top-k, grouped by how far ahead it knows. */
export const forecastRecall = figure("forecast-recall", "forecast", (evidence) => {
  const result = forecastOf(evidence)
  if (result === undefined) return undefined
  const all = ranked(result)
  if (all.length === 0) return undefined
  const groups = (["layer", "token"] as const)
    .map((lead) => ({
      title: `Known ${leadWords[lead]} ahead`,
      rows: all
        .filter((one) => one.lead === lead)
        .map((one) => {
          const { recall, interval, lift } = one.recall[0]!
          const colour = isCombination(one) ? hue.blue : one.id === "popularity" ? hue.orange : hue.grey
          const between = interval === null ? "" : `${percent(interval[0])} to ${percent(interval[1])}`
          return {
            label: one.title,
            segments: [{ value: recall, colour }],
            text: percent(recall),
            note: lift === null || one.id === "popularity" ? between : `${between}, ${points(lift)}`
          }
        })
    }))
    .filter(({ rows }) => rows.length > 0)
  const [low, high] = barDomain(groups, false)
  return {
    title: `Which experts come next: recall among the best ${result.topK === 1 ? "one" : result.topK}`,
    caption:
      `Share of decode selections that a predictor puts first, as many as a token chooses (${result.topK}), on ` +
      `${integer(result.split.test)} test requests; with 95 % intervals over requests and the lift over popularity. ` +
      `Blue predictors combine others.`,
    picture: bars(groups, { label: "Share of selections forecast", format: percentTick }, figureWidth.full, [
      low,
      Math.max(high, 0.05)
    ])
  }
})
