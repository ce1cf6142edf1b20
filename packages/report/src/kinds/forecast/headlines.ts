/** What predictors are told by: the best of them. */
import type { Evidence } from "@moira/results"
import { integer, percent, points } from "../../format.ts"
import type { Headline } from "../../reported-kind.ts"
import { forecastOf, ranked } from "./forecasts.ts"

export const forecast = (evidence: Evidence): ReadonlyArray<Headline> => {
  const result = forecastOf(evidence)
  const best = result === undefined ? undefined : ranked(result)[0]
  if (result === undefined || best === undefined) return []
  const { recall, interval, lift: gain } = best.recall[0]!
  const sure = interval === null ? "" : `; 95 % interval ${percent(interval[0])} to ${percent(interval[1])}`
  return [
    {
      value: percent(recall),
      label: `of the next selections among the best ${result.topK} of ${best.title.toLowerCase()}`,
      detail: `on ${integer(result.split.test)} unseen requests${sure}${gain === null ? "" : `; lift over popularity ${points(gain)}`}`
    }
  ]
}

/** How much the best predictor foresees. */
export const forecastMessage = (evidence: Evidence, model: string): string | undefined => {
  const result = forecastOf(evidence)
  const foreseen = result === undefined ? undefined : ranked(result)[0]
  return foreseen === undefined
    ? undefined
    : `${model}: ${foreseen.title.toLowerCase()} foresees ${percent(foreseen.recall[0]!.recall)} of the next selections`
}
