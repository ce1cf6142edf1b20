/** What an evaluation could not answer, and why. */
import type { ForecastResult, NotMeasured } from "@moira/results"
import { onlySample, type TraceContext } from "@moira/trace"
import type { LayerSummary } from "./layer.ts"
import type { Settings } from "./settings.ts"

const noRecall = (
  context: TraceContext,
  split: ForecastResult["split"],
  layers: ReadonlyArray<LayerSummary>
): string => {
  if (split.test === 0 && context.requests.length > 1)
    return `${onlySample(context.requests)}: a forecast is judged on requests it has not seen, so two are needed`
  if (split.test === 0)
    return `${context.requests.length} request${context.requests.length === 1 ? "" : "s"}: a forecast is judged on requests it has not seen, so two are needed`
  if (layers.length > 0 && layers.every((layer) => layer.degenerate))
    return "every layer is degenerate: one expert takes more than 95 % of the selections"
  return "the test requests hold no decode selections"
}

/** Reasons, in the order in which a reader asks. */
export const whyNot = (
  context: TraceContext,
  settings: Settings,
  split: ForecastResult["split"],
  layers: ReadonlyArray<LayerSummary>,
  selections: number
): ReadonlyArray<NotMeasured> => {
  const reasons: Array<NotMeasured> = []
  const say = (what: string, why: string) => void reasons.push({ what, why })
  const { predictors, unfitCaches } = settings
  const combined = predictors.filter(({ combination }) => combination !== undefined).map(({ id }) => id)
  if (selections === 0) say("recall and hit rates", noRecall(context, split, layers))
  else if (settings.bootstrap.groups.count < 2)
    say(
      "intervals",
      `one test ${split.test < 2 ? "request" : "group of requests"}: nothing is known of the spread between requests`
    )
  if (combined.length > 0 && split.validation === 0)
    say(
      `weights of ${combined.join(", ")}`,
      "fewer than three requests: none is left for validation, so weights are equal"
    )
  if (predictors.every(({ id }) => id !== "popularity"))
    say("lift", "popularity is not among the predictors that were asked for")
  const ahead = predictors.filter(({ lead }) => lead === "layer").map(({ id }) => id)
  if (ahead.length > 0 && context.layers.length < 2)
    say(`what ${ahead.join(", ")} add`, "a single MoE layer: there is no layer before it to forecast from")
  if (unfitCaches.length > 0)
    say(
      `caches of ${unfitCaches.join(", ")}`,
      `a cache holds at least the ${context.model.topK} experts of one token and at most all ${context.model.experts}`
    )
  return reasons
}
