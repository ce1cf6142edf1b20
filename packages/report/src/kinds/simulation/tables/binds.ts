import type { RunResult } from "@moira/results"
import { metricOf } from "../../../metric.ts"
import { type Cell, column, table } from "../../../table.ts"
import { boundIds, boundsOf } from "../binds.ts"
import { atBatch, batchesOf, runsOf, settingsOf } from "../runs.ts"
import { runCells, runColumns } from "./runs.ts"

/** The unit that is the busiest most often and the link that is waited for most often; a link is named by its ends. */
const busiestCells = ({ busiest, machine }: RunResult): ReadonlyArray<Cell> => {
  const unit = busiest?.unit ?? undefined
  const link = busiest?.link ?? undefined
  const ends = link === undefined ? undefined : machine.links[link.index]
  const nameOf = (index: number) => machine.units[index]?.name ?? "switch"
  return [
    unit === undefined ? null : nameOf(unit.index),
    unit?.share ?? null,
    ends === undefined ? null : `${nameOf(ends.fromUnit)} to ${nameOf(ends.toUnit)}`,
    link?.share ?? null
  ]
}

/** What every run's time is spent on, and which unit and link are the busiest. */
export const binds = table({ id: "binds", section: "work", place: "open" }, (evidence) => {
  const settings = settingsOf(runsOf(evidence).filter((run) => boundsOf(run).length > 0))
  const only = settings.length === 1
  return {
    title: only ? `What binds on ${settings[0]!.title}` : "What binds",
    columns: [
      ...runColumns.map((c) => (c.id === "machine" && only ? { ...c, csvOnly: true } : c)),
      ...boundIds.map((id) => column(id, metricOf(id).title, "share")),
      column("lower_bound_ratio", metricOf("lower_bound_ratio").title, "factor"),
      column("busiest_unit", "Busiest unit", "text", true),
      column("busiest_unit_share", "Layer steps of that unit", "share", true),
      column("busiest_link", "Link most waited for", "text", true),
      column("busiest_link_share", "Layer steps of that link", "share", true)
    ],
    rows: settings.flatMap((setting) =>
      batchesOf(setting.runs).flatMap((batch) =>
        atBatch(setting, batch).map((run) => [
          ...runCells(setting, run),
          ...boundIds.map((id) => run.metrics[id] ?? null),
          run.metrics["lower_bound_ratio"] ?? null,
          ...busiestCells(run)
        ])
      )
    )
  }
})
