import { forecastOf } from "../forecasts.ts"
import { figure } from "../../../figure.ts"
import { forecastLines } from "./forecast-lines.ts"

/** Recall over the answer's length; decode steps are counted in doubling ranges. */
export const forecastPositions = figure("forecast-positions", "forecast", (evidence) => {
  const result = forecastOf(evidence)
  if (result === undefined) return undefined
  const picture = forecastLines(
    result,
    ({ positions }) => positions.map(({ from, recall }) => ({ x: Math.log2(from + 1), y: recall })),
    { x: "Decode step, log2 of its number from 1 on", y: `Recall among the best ${result.topK}` }
  )
  if (picture === undefined) return undefined
  return {
    title: "When in the answer the next experts can be foreseen",
    caption:
      "Recall by decode step, in ranges of doubling length. Predictors that learn from the request itself gain as it goes " +
      "on; those that are trained beforehand do not.",
    picture
  }
})
