/** Every row, with its parameters as plain numbers in the CSV. */
import { sum } from "@moira/core/statistics"
import { parameterName, waterfallParts } from "@moira/results"
import { metricOf } from "../../../metric.ts"
import { type Cell, column, table } from "../../../table.ts"
import {
  comparisonOf,
  machineLabel,
  partsOf,
  partTitle,
  rateId,
  rateOf,
  settingLabel,
  strategyLabel
} from "../found.ts"
import { partWords } from "../figures/time-waterfall.ts"
import { bindsCell, costColumns } from "./answer.ts"

/** `machine.linkBytesPerSec` as a column: `at_machine_link_bytes_per_sec`. */
const columnId = (field: string): string =>
  `at_${field
    .replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
    .replaceAll(/[^A-Za-z\d]+/g, "_")
    .toLowerCase()}`

/** Each id once, whatever fields are called. */
const columnIds = (fields: ReadonlyArray<string>): ReadonlyArray<string> => {
  const ids = fields.map(columnId)
  return ids.map((id, i) => (ids.indexOf(id) === i ? id : `${id}_${i + 1}`))
}

export const comparedRows = table({ id: "compared_rows", section: "rows", place: "open" }, (evidence) => {
  const of = comparisonOf(evidence)
  const rows = of?.rows ?? []
  const fields = of?.axes.map(({ field }) => field) ?? []
  const ids = columnIds(fields)
  const parts = partsOf(rows)
  const cost = costColumns(rows)
  const spread = rows.some((row) => row.spread !== null)
  return {
    title: "All rows",
    columns: [
      column("setting", "Setting", "text"),
      column("machine", "Machine", "text"),
      column("strategy", "Strategy", "text"),
      ...fields.map((field, i) => column(ids[i]!, parameterName(field), "real", true)),
      column("tokens_per_s", metricOf(rateId).unit, "compact"),
      ...(spread
        ? [
            column("seeds", "Seeds", "whole"),
            column("tokens_per_s_least", "Least of seeds", "compact"),
            column("tokens_per_s_greatest", "Greatest of seeds", "compact"),
            column("tokens_per_s_deviation", "Standard deviation", "compact", true)
          ]
        : []),
      column("over_reference", "Machine over machine", "factor"),
      column("over_baseline", "Strategy over strategy", "factor"),
      column("binds", "What binds", "text"),
      ...parts.map((part) => column(`${part.replaceAll("-", "_")}_share`, partTitle(part), "share", true)),
      column("busiest_unit", "Busiest unit", "text", true),
      column("busiest_link", "Link most waited for", "text", true),
      column("lower_bound_ratio", "Over its bound", "factor"),
      ...cost.columns
    ],
    rows: rows.map((row): ReadonlyArray<Cell> => [
      settingLabel(of!, row),
      machineLabel(of!, row),
      strategyLabel(of!, row),
      ...fields.map((field) => row.at[field] ?? null),
      rateOf(row),
      ...(spread
        ? [row.seeds.length, row.spread?.least ?? null, row.spread?.greatest ?? null, row.spread?.deviation ?? null]
        : []),
      row.overReference?.factor ?? null,
      row.overBaseline?.factor ?? null,
      bindsCell(row),
      ...parts.map((part) => row.binds.find(({ name }) => name === part)?.share ?? null),
      row.busiestUnit?.name ?? null,
      row.busiestLink?.name ?? null,
      row.metrics["lower_bound_ratio"] ?? null,
      ...cost.cells(row)
    ])
  }
})

/** From the lower bound to the time of every row; all seeds of a row together. */
export const waterfallRows = table({ id: "waterfall", section: "bound", place: "closed" }, (evidence) => {
  const of = comparisonOf(evidence)
  const rows = (of?.rows ?? []).filter(({ waterfall }) => waterfall !== null)
  return {
    title: "From the lower bound to the time of every row",
    columns: [
      column("setting", "Setting", "text"),
      column("machine", "Machine", "text"),
      column("strategy", "Strategy", "text"),
      ...waterfallParts.map((part) => column(`${part}_ps`, partWords[part]!, "ps")),
      column("time_ps", "Time", "ps")
    ],
    rows: rows.map((row) => [
      settingLabel(of!, row),
      machineLabel(of!, row),
      strategyLabel(of!, row),
      ...waterfallParts.map((part) => row.waterfall!.find((one) => one.part === part)?.ps ?? 0),
      sum(row.waterfall!.map(({ ps }) => ps))
    ])
  }
})
