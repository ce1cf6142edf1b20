/** The short tables beside the answer: machines, and strategies, never in one. */
import type { ComparedRow, Comparison } from "@moira/results"
import { percent } from "../../../format.ts"
import { metricOf } from "../../../metric.ts"
import { type Cell, type CellKind, column, table } from "../../../table.ts"
import { comparisonOf, fastestOf, leadLabel, leadRows, rateId, rateOf, settingLabel, strategyLabel } from "../found.ts"

/** Machines that are listed beside the answer; all are in the table of rows. */
const most = 8

const costs = ["energy_per_token_j", "power_w", "area_mm2", "money", "memory_bytes"] as const
const kinds: Readonly<Record<string, CellKind>> = {
  energy_per_token_j: "joules",
  power_w: "compact",
  area_mm2: "compact",
  money: "compact",
  memory_bytes: "bytes"
}

/** What rows cost, as far as any says: columns of several tables. */
export const costColumns = (rows: ReadonlyArray<ComparedRow>) => {
  const ids = costs.filter((id) => rows.some(({ metrics }) => metrics[id] !== undefined))
  return {
    columns: ids.map((id) => {
      const { title, unit } = metricOf(id)
      return column(id, kinds[id] === "compact" && unit !== "money" ? `${title} (${unit})` : title, kinds[id]!)
    }),
    cells: ({ metrics }: ComparedRow): ReadonlyArray<Cell> => ids.map((id) => metrics[id] ?? null)
  }
}

/** `reading 62 %, imbalance 30 %`: the two greatest parts. */
export const bindsCell = ({ binds }: ComparedRow): Cell =>
  binds.length === 0
    ? null
    : binds
        .slice(0, 2)
        .filter(({ share }, i) => i === 0 || share >= 0.1)
        .map(({ name, share }) => `${name} ${percent(share, 0)}`)
        .join(", ")

/** The fastest machines under the fastest strategy, the reference among them. */
const shown = (of: Comparison): ReadonlyArray<ComparedRow> => {
  const all = leadRows(of)
  const reference = all.find(({ machine }) => machine === of.reference)
  const first = all.slice(0, most)
  return reference === undefined || first.includes(reference) ? first : [...first.slice(0, most - 1), reference]
}

export const comparedMachinesTable = table(
  { id: "compared_machines", section: "answer", place: "open", csv: false },
  (evidence) => {
    const of = comparisonOf(evidence)
    if (of === undefined) return { title: "Machines", columns: [], rows: [] }
    const rows = shown(of)
    const lead = fastestOf(of)
    const cost = costColumns(rows)
    const hidden = leadRows(of).length - rows.length
    return {
      title: `With ${strategyLabel(of, lead)} at ${settingLabel(of, lead)}${hidden > 0 ? `: the fastest of ${leadRows(of).length}` : ""}`,
      columns: [
        column("machine", "Machine", "text"),
        column("tokens_per_s", metricOf(rateId).unit, "compact"),
        column("over_reference", "Over the reference", "factor"),
        column("binds", "What binds", "text"),
        column("lower_bound_ratio", "Over its bound", "factor"),
        ...cost.columns
      ],
      rows: rows.map((row) => [
        `${leadLabel(of, row)}${row.machine === of.reference && of.machines.length > 1 ? " (reference)" : ""}`,
        rateOf(row),
        row.overReference?.factor ?? null,
        bindsCell(row),
        row.metrics["lower_bound_ratio"] ?? null,
        ...cost.cells(row)
      ])
    }
  }
)

/** Strategies over the baseline, each pair on one machine. */
export const comparedStrategies = table(
  { id: "compared_strategies", section: "answer", place: "closed" },
  (evidence) => {
    const of = comparisonOf(evidence)
    const over = (of?.strategies ?? []).filter(({ overBaseline }) => overBaseline !== null)
    return {
      title: `Strategies over ${of?.baseline ?? "a baseline"}, both on the same machine`,
      columns: [
        column("strategy", "Strategy", "text"),
        column("factor", "Geometric mean", "factor"),
        column("least", "Least", "factor"),
        column("greatest", "Greatest", "factor"),
        column("pairs", "Pairs of rows", "whole")
      ],
      rows: over.map(({ label, overBaseline }) => {
        const { factor, least, greatest, pairs } = overBaseline!
        return [label, factor, least, greatest, pairs]
      })
    }
  }
)
