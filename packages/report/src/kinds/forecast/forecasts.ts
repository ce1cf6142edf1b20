/** How evaluations of predictors are told: names, order and colours that figures and tables share. */
import { type Evidence, type ForecastResult, type PredictorResult, resultKinds } from "@moira/results"
import { hue } from "../../theme.ts"

/** The first evaluation of predictors that the documents hold. */
export const forecastOf = (evidence: Evidence): ForecastResult | undefined =>
  evidence.of(resultKinds.forecast)[0]?.forecast

export const leadWords: Readonly<Record<PredictorResult["lead"], string>> = {
  token: "one token",
  layer: "one layer",
  none: "told the answer"
}

/** Those that were measured, best recall first; the oracle, which is a bound, left out. */
export const ranked = ({ predictors }: ForecastResult): ReadonlyArray<PredictorResult> =>
  predictors
    .filter(({ recall, lead }) => recall.length > 0 && lead !== "none")
    .toSorted((a, b) => b.recall[0]!.recall - a.recall[0]!.recall || (a.id < b.id ? -1 : 1))

export const isCombination = ({ members }: PredictorResult): boolean => members.length > 0

/** Few enough to tell apart: the best of each kind, and popularity to compare with. */
export const shown = (result: ForecastResult): ReadonlyArray<PredictorResult> => {
  const all = ranked(result)
  const combinations = all.filter(isCombination).slice(0, 2)
  const singles = all.filter((one) => !isCombination(one) && one.id !== "popularity").slice(0, 3)
  return [...combinations, ...singles, ...all.filter(({ id }) => id === "popularity")]
}

const colours = [hue.blue, hue.green, hue.violet, hue.purple, hue.teal]

/** Colours of the predictors of {@link shown}; popularity keeps that of every report. */
export const colourOf = (place: number, { id }: PredictorResult): string =>
  id === "popularity" ? hue.orange : colours[place % colours.length]!
