import { forecastOf, leadWords, ranked } from "../forecasts.ts"
import { column, table } from "../../../table.ts"

/** Every predictor: recall at the model's top-k, lift, and what it costs. */
export const forecastRows = table({ id: "forecast", section: "forecast", place: "open" }, (evidence) => {
  const result = forecastOf(evidence)
  const topK = result?.topK ?? 0
  return {
    title: "Predictors on test requests",
    columns: [
      column("predictor", "Predictor", "text"),
      column("lead", "Known ahead", "text"),
      column("recall", `Recall among ${topK}`, "share"),
      column("interval_low", "95 % from", "share"),
      column("interval_high", "95 % to", "share"),
      column("lift", "Lift", "points"),
      column("lift_low", "Lift from", "points", true),
      column("lift_high", "Lift to", "points", true),
      column("recall_twice", `Recall among ${2 * topK}`, "share"),
      column("bits_per_selection", "Bits a selection", "real"),
      column("table_bytes", "Table", "bytes"),
      column("layer_table_bytes", "Table of a layer", "bytes"),
      column("unit_bytes", "State of a request", "bytes", true),
      column("operations", "Operations", "compact")
    ],
    rows:
      result === undefined
        ? []
        : ranked(result).map((one) => {
            const [first] = one.recall
            return [
              one.title,
              leadWords[one.lead],
              first!.recall,
              first!.interval?.[0] ?? null,
              first!.interval?.[1] ?? null,
              first!.lift,
              first!.liftInterval?.[0] ?? null,
              first!.liftInterval?.[1] ?? null,
              one.recall.find(({ n }) => n === 2 * topK)?.recall ?? null,
              one.bitsPerSelection,
              one.cost.tableBytes,
              one.cost.layerTableBytes,
              one.cost.unitBytes,
              one.cost.operations
            ]
          })
  }
})

/** Recall and precision at every n that was asked for. */
export const forecastRecallRows = table({ id: "forecast_recall", section: "forecast", place: "csv" }, (evidence) => ({
  title: "Recall by n",
  columns: [
    column("predictor", "Predictor", "text"),
    column("n", "Best n", "whole"),
    column("recall", "Recall", "share"),
    column("interval_low", "95 % from", "share"),
    column("interval_high", "95 % to", "share"),
    column("precision", "Precision", "share")
  ],
  rows: (forecastOf(evidence)?.predictors ?? []).flatMap(({ id, recall }) =>
    recall.map((r) => [id, r.n, r.recall, r.interval?.[0] ?? null, r.interval?.[1] ?? null, r.precision])
  )
}))

/** Combinations against every other predictor. */
export const forecastComparisons = table(
  { id: "forecast_comparisons", section: "forecast", place: "closed" },
  (evidence) => {
    const result = forecastOf(evidence)
    const title = (id: string) => result?.predictors.find((one) => one.id === id)?.title ?? id
    return {
      title: "Combinations against every other predictor, recall at top-k",
      columns: [
        column("predictor", "Combination", "text"),
        column("against", "Against", "text"),
        column("difference", "Difference", "points"),
        column("interval_low", "95 % from", "points"),
        column("interval_high", "95 % to", "points")
      ],
      rows: (result?.comparisons ?? []).map(({ predictor, against, difference, interval }) => [
        title(predictor),
        title(against),
        difference,
        interval?.[0] ?? null,
        interval?.[1] ?? null
      ])
    }
  }
)

/** Recall by layer. */
export const forecastLayerRows = table({ id: "forecast_layers", section: "forecast", place: "csv" }, (evidence) => ({
  title: "Recall by layer",
  columns: [
    column("predictor", "Predictor", "text"),
    column("layer", "Layer", "whole"),
    column("degenerate", "Degenerate", "flag"),
    column("recall", "Recall", "share"),
    column("interval_low", "95 % from", "share"),
    column("interval_high", "95 % to", "share"),
    column("recall_twice", "Recall among twice as many", "share")
  ],
  rows: (forecastOf(evidence)?.predictors ?? []).flatMap(({ id, layers }) =>
    layers.map((l) => [
      id,
      l.layer,
      l.degenerate,
      l.recall,
      l.interval?.[0] ?? null,
      l.interval?.[1] ?? null,
      l.recallTwice
    ])
  )
}))

/** Recall by decode position. */
export const forecastPositionRows = table(
  { id: "forecast_positions", section: "forecast", place: "csv" },
  (evidence) => ({
    title: "Recall by decode step",
    columns: [
      column("predictor", "Predictor", "text"),
      column("from_step", "From step", "whole"),
      column("to_step", "To step", "whole"),
      column("tokens", "Tokens", "whole"),
      column("recall", "Recall", "share")
    ],
    rows: (forecastOf(evidence)?.predictors ?? []).flatMap(({ id, positions }) =>
      positions.map(({ from, to, tokens, recall }) => [id, from, to, tokens, recall])
    )
  })
)
