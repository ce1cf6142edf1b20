/** An evaluation of predictors for people. */
import { type ForecastResult, type PredictorResult } from "@moira/results"
import { formatBytes, formatCount } from "@moira/core"
import { table } from "./table.ts"

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
const range = (interval: readonly [number, number] | null): string =>
  interval === null ? "–" : interval.map((x) => (100 * x).toFixed(1)).join(" – ")
const signed = (share: number | null): string =>
  share === null ? "–" : `${share < 0 ? "–" : "+"}${Math.abs(100 * share).toFixed(1)}`

const best = (predictors: ReadonlyArray<PredictorResult>): ReadonlyArray<PredictorResult> =>
  predictors
    .filter(({ recall }) => recall.length > 0)
    .toSorted((a, b) => b.recall[0]!.recall - a.recall[0]!.recall || (a.id < b.id ? -1 : 1))

/** How a combination fares against the best single predictor that knows no later than it; the oracle left out. */
const againstSingles = ({ predictors, comparisons }: ForecastResult): ReadonlyArray<string> => {
  return predictors.flatMap(({ id, members, recall, lead }) => {
    if (members.length === 0 || recall.length === 0) return []
    const fair = predictors.filter((one) => one.members.length === 0 && (lead === "layer" || one.lead === lead))
    const singles = new Set(fair.map((one) => one.id))
    const least = comparisons
      .filter(({ predictor, against }) => predictor === id && singles.has(against))
      .toSorted((a, b) => a.difference - b.difference)[0]
    if (least === undefined) return []
    const interval = least.interval === null ? "" : ` (95 % interval ${range(least.interval)})`
    return [
      `${id}: ${signed(least.difference)} points over the best single predictor of its lead, ${least.against}${interval}`
    ]
  })
}

export const forecastText = (result: ForecastResult): string => {
  const { predictors, references, split, topK, degenerateLayers, notMeasured } = result
  const rows = best(predictors).map(({ id, lead, recall, caches, cost }) => [
    id,
    lead,
    percent(recall[0]!.recall),
    range(recall[0]!.interval),
    signed(recall[0]!.lift),
    ...recall.slice(1).map((r) => percent(r.recall)),
    ...caches.map((cache) => percent(cache.hitRate)),
    formatBytes(cost.tableBytes),
    formatCount(cost.operations)
  ])
  const first = best(predictors)[0]
  const header = [
    "predictor",
    "lead",
    `recall@${topK}`,
    "95 % interval",
    "lift",
    ...(first?.recall.slice(1) ?? []).map(({ n }) => `@${n}`),
    ...references.map(({ capacity }) => `cache ${capacity}`),
    "table",
    "operations"
  ]
  return [
    `${split.train} requests train, ${split.validation} validate, ${split.test} judge`,
    ...(rows.length > 0 ? [table(header, rows)] : []),
    ...references.map(
      ({ capacity, lru, belady }) =>
        `cache of ${capacity}: LRU ${percent(lru)}, the best without prefetch ${percent(belady)}`
    ),
    ...againstSingles(result),
    ...(degenerateLayers.length > 0 ? [`degenerate layers, left out: ${degenerateLayers.join(", ")}`] : []),
    ...predictors
      .filter(({ cost }) => !cost.fitsTable || !cost.fitsOnChip)
      .map(
        ({ id, cost }) =>
          `${id}: ${cost.fitsTable ? "" : "more than the study's 50 MB table; "}` +
          (cost.fitsOnChip ? "" : `${formatBytes(cost.layerTableBytes)} a layer, more than its 0.5 MB on chip`)
      ),
    ...notMeasured.map(({ what, why }) => `${what}: ${why}`)
  ].join("\n")
}
