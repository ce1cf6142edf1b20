/** What parts buy: the front, elasticities, breaks of curves. */
import { type Comparison, parameterName, parameterValueText, type ParetoFront } from "@moira/results"
import { metricOf } from "../../../metric.ts"
import { column, table } from "../../../table.ts"
import {
  comparisonOf,
  costIds,
  machineLabel,
  partTitle,
  rateId,
  rateOf,
  settingLabel,
  strategyLabel
} from "../found.ts"
import { costColumns } from "./answer.ts"

/** Rows of a front; of those that are equal in both objectives the first, with how many more there are. */
const distinct = (of: Comparison, { front, knee }: ParetoFront) => {
  const costId = costIds[of.against]
  const key = (i: number) => {
    const { setting, metrics } = of.rows[i]!
    return [setting, rateOf(of.rows[i]!).toPrecision(9), metrics[costId]!.toPrecision(9)].join()
  }
  return [...Map.groupBy(front, key).values()].map((equal) => ({
    row: of.rows[equal.find((i) => i === knee) ?? equal[0]!]!,
    knee: equal.some((i) => i === knee),
    more: equal.length - 1
  }))
}

/** Rows that no other beats, by setting. */
export const frontRows = table({ id: "pareto_front", section: "worth", place: "open" }, (evidence) => {
  const of = comparisonOf(evidence)
  const all = of === undefined ? [] : of.pareto.flatMap((front) => distinct(of, front))
  const cost = costColumns(all.map(({ row }) => row))
  return {
    title: `The front: fastest for its ${of === undefined ? "cost" : metricOf(costIds[of.against]).title.toLowerCase()}`,
    columns: [
      column("setting", "Setting", "text"),
      column("machine", "Machine", "text"),
      column("strategy", "Strategy", "text"),
      column("tokens_per_s", metricOf(rateId).unit, "compact"),
      ...cost.columns,
      column("equal", "Others as good", "whole"),
      column("knee", "Knee", "flag")
    ],
    rows: all.map(({ row, knee, more }) => [
      settingLabel(of!, row),
      machineLabel(of!, row),
      strategyLabel(of!, row),
      rateOf(row),
      ...cost.cells(row),
      more,
      knee
    ])
  }
})

/** Every row that another beats, and which. */
export const dominatedRows = table({ id: "dominated", section: "worth", place: "closed" }, (evidence) => {
  const of = comparisonOf(evidence)
  return {
    title: "Beaten rows: another is faster for no more, or as fast for less",
    columns: [
      column("setting", "Setting", "text"),
      column("machine", "Machine", "text"),
      column("strategy", "Strategy", "text"),
      column("by_machine", "Beaten by", "text"),
      column("by_strategy", "With", "text")
    ],
    rows: (of?.pareto ?? []).flatMap(({ dominated }) =>
      dominated.map(({ row: i, by }) => {
        const [row, other] = [of!.rows[i]!, of!.rows[by]!]
        return [
          settingLabel(of!, row),
          machineLabel(of!, row),
          strategyLabel(of!, row),
          machineLabel(of!, other),
          strategyLabel(of!, other)
        ]
      })
    )
  }
})

/** Two decimals: slopes of sums of times have no more to say. */
const rounded = (elasticity: number | null): number | null =>
  elasticity === null ? null : Math.round(100 * elasticity) / 100 + 0

export const sensitivityRows = table({ id: "sensitivities", section: "buys", place: "closed" }, (evidence) => {
  const of = comparisonOf(evidence)
  const cost = of === undefined ? "" : metricOf(costIds[of.against]).title.toLowerCase()
  return {
    title: "Elasticities, all else equal",
    columns: [
      column("field", "Parameter", "text"),
      column("strategy", "Strategy", "text"),
      column("range", "Range", "text"),
      column("elasticity", "Elasticity", "real"),
      column("elasticity_least", "Least", "real"),
      column("elasticity_greatest", "Greatest", "real"),
      column("factor", "Factor over the range", "factor"),
      column("cost_elasticity", `Elasticity of ${cost}`, "real"),
      column("lines", "Lines", "whole")
    ],
    rows: (of?.sensitivities ?? []).map((one) => [
      parameterName(one.field),
      one.of,
      `${parameterValueText(one.field, one.from)} to ${parameterValueText(one.field, one.to)}`,
      ...[one.elasticity, one.elasticityLeast, one.elasticityGreatest].map(rounded),
      one.factor.factor,
      rounded(one.costElasticity),
      one.lines
    ])
  }
})

/** Where curves change what they follow. */
export const breakRows = table({ id: "breaks", section: "buys", place: "open" }, (evidence) => {
  const of = comparisonOf(evidence)
  const by = of?.by ?? ""
  return {
    title: `Where ${parameterName(by)} stops or begins to matter`,
    columns: [
      column("setting", "Setting", "text"),
      column("strategy", "Strategy", "text"),
      column("curve", "All else", "text"),
      column("up_to", "Up to", "text"),
      column("binds_below", "Below", "text"),
      column("elasticity_below", "Elasticity", "real"),
      column("from", "From", "text"),
      column("binds_above", "Above", "text"),
      column("elasticity_above", "Elasticity above", "real")
    ],
    rows: (of?.scaling ?? []).flatMap(({ setting, of: strategy, label, breaks }) =>
      breaks.map((one) => [
        of!.settings[setting]!.label,
        strategy,
        label === "" ? null : label,
        parameterValueText(by, one.low),
        one.bindsBelow === null ? null : partTitle(one.bindsBelow).toLowerCase(),
        rounded(one.elasticityBelow),
        parameterValueText(by, one.high),
        one.bindsAbove === null ? null : partTitle(one.bindsAbove).toLowerCase(),
        rounded(one.elasticityAbove)
      ])
    )
  }
})
