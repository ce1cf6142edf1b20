/** What a comparison holds, as figures, tables and headlines read it. */
import {
  type ComparedRow,
  type Comparison,
  type ComparisonDocument,
  type Evidence,
  type Objective,
  resultKinds
} from "@moira/results"
import { metricOf } from "../../metric.ts"
import { hue } from "../../theme.ts"
import { partColour } from "../simulation/binds.ts"

/** The first comparison that the documents hold. */
const documentOf = (evidence: Evidence): ComparisonDocument | undefined => evidence.of(resultKinds.comparison)[0]

export const comparisonOf = (evidence: Evidence): Comparison | undefined => documentOf(evidence)?.comparison

export const rateId = "throughput_tokens_per_s"

/** 0 where a row says none. */
export const rateOf = ({ metrics }: ComparedRow): number => metrics[rateId] ?? 0

export const costIds: Readonly<Record<Objective, string>> = {
  energy: "energy_per_token_j",
  area: "area_mm2",
  money: "money",
  memory: "memory_bytes"
}

export const fastestOf = ({ rows, verdict }: Comparison): ComparedRow => rows[verdict.fastest]!

export const machineLabel = ({ machines }: Comparison, row: ComparedRow): string => machines[row.machine]!.label
export const strategyLabel = ({ strategies }: Comparison, row: ComparedRow): string => strategies[row.strategy]!.label
export const settingLabel = ({ settings }: Comparison, row: ComparedRow): string => settings[row.setting]!.label

/** `moira on dojo, link 1.7 TB/s, batch 1,024`. */
export const rowLabel = (of: Comparison, row: ComparedRow): string =>
  `${strategyLabel(of, row)} on ${machineLabel(of, row)}, ${settingLabel(of, row)}`

/** Rows of the fastest strategy in the setting of the answer, the fastest first. */
const machineRows = (of: Comparison): ReadonlyArray<ComparedRow> => {
  const { setting, strategy } = fastestOf(of)
  return of.rows
    .filter((row) => row.setting === setting && row.strategy === strategy)
    .toSorted((a, b) => rateOf(b) - rateOf(a))
}

/** Rows of one strategy alone stand for a machine where only one ran. */
export const leadRows = (of: Comparison): ReadonlyArray<ComparedRow> => {
  const rows = machineRows(of)
  if (rows.length > 1) return rows
  const { setting, machine } = fastestOf(of)
  return of.rows
    .filter((row) => row.setting === setting && row.machine === machine)
    .toSorted((a, b) => rateOf(b) - rateOf(a))
}

/** What the rows that lead are told apart by. */
export const leadLabel = (of: Comparison, row: ComparedRow): string =>
  machineRows(of).length > 1 ? machineLabel(of, row) : strategyLabel(of, row)

/** `reading` as the table of metrics names it: `Bound by reading`. */
export const partTitle = (part: string): string =>
  part === "stall"
    ? "Waiting for experts"
    : part === "experts"
      ? "Experts that are there"
      : metricOf(`bound_${part}_share`).title

export const colourOfPart = (part: string): string =>
  part === "stall" ? hue.purple : part === "experts" ? hue.blue : partColour(part)

/** Parts in the order in which they are told apart, those that some row shows. */
export const partsOf = (rows: ReadonlyArray<ComparedRow>): ReadonlyArray<string> => {
  const seen = new Set(rows.flatMap(({ binds }) => binds.flatMap(({ name, share }) => (share >= 0.001 ? [name] : []))))
  const order = ["experts", "stall", "arithmetic", "reading", "imbalance", "link", "exchange", "decision", "latency"]
  return [...order.filter((part) => seen.has(part)), ...[...seen].filter((part) => !order.includes(part))]
}
