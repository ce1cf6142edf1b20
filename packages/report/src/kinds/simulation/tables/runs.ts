import { metrics, type RunResult } from "@moira/results"
import { metricOf } from "../../../metric.ts"
import {
  atBatch,
  baseStrategy,
  batchesOf,
  type ComparedRun,
  hopReductionOf,
  runsOf,
  type Setting,
  settingsOf,
  speedupOf,
  speedupOverBase
} from "../runs.ts"
import { type Cell, type CellKind, column, type Column, table } from "../../../table.ts"

/** What identifies a run, the same in every table of runs. */
export const runColumns: ReadonlyArray<Column> = [
  column("machine", "Machine", "text"),
  column("backend", "Backend", "text", true),
  column("network", "Network", "text", true),
  column("token_traffic", "Token traffic", "text", true),
  column("bytes_per_weight", "Bytes a weight", "real", true),
  column("block_tokens", "Requests a block", "whole", true),
  column("warm_up_steps", "Steps to warm up", "whole", true),
  column("kv_reserve_share", "KV reserve", "share", true),
  column("max_copies", "Most copies", "whole", true),
  column("steps", "Steps", "whole", true),
  column("seed", "Seed", "whole", true),
  column("batch", "Batch", "whole"),
  column("strategy", "Strategy", "text"),
  column("placement", "Placement", "text", true),
  column("allocator", "Allocator", "text", true),
  column("residency", "Residency", "text", true),
  column("controller", "Controller", "text", true)
]

export const runCells = (setting: Setting, run: RunResult): ReadonlyArray<Cell> => [
  setting.title,
  run.machine.backend,
  run.network,
  run.tokenTraffic,
  run.bytesPerWeight,
  run.blockTokens ?? null,
  run.warmUpSteps ?? null,
  run.kvReserveShare ?? null,
  run.maxCopies ?? null,
  run.steps,
  run.seed,
  run.batch,
  run.strategy.name,
  run.strategy.placement,
  run.strategy.allocator,
  run.strategy.residency,
  run.controller
]

/** What people read first, in this order; metrics of plug-ins follow, the rest is in the CSV. */
const lead = [
  "throughput_tokens_per_s",
  "speedup",
  "speedup_over_base",
  "hops",
  "hop_reduction",
  "dram_remote_read_bytes",
  "energy_j",
  "link_utilisation",
  "unit_busy",
  "balancedness",
  "lower_bound_ratio"
]

const kinds: Readonly<Record<string, CellKind>> = {
  link_utilisation: "share",
  unit_busy: "share",
  speedup: "factor",
  speedup_over_base: "factor",
  hop_reduction: "factor",
  lower_bound_ratio: "factor"
}

const kindOf = (id: string): CellKind => {
  const { unit } = metricOf(id)
  return (
    kinds[id] ??
    (unit === "ps" ? "ps" : unit === "B" ? "bytes" : unit === "J" ? "joules" : unit === "1" ? "real" : "compact")
  )
}

/** With the unit where neither the title nor the cells say it. */
const titleOf = (id: string, baselines: ReadonlyArray<string>): string => {
  const { title, unit } = metricOf(id)
  if (id === "speedup") return baselines.length === 1 ? `${title} over ${baselines[0]}` : title
  return kindOf(id) !== "compact" || unit === "" || title.toLowerCase().includes(unit) ? title : `${title} (${unit})`
}

/** Metrics that runs hold or that follow from two of them, in the order of the metric table, others after. */
export const metricIdsOf = (runs: ReadonlyArray<RunResult>): ReadonlyArray<string> => {
  const held = new Set(runs.flatMap((run) => Object.keys(run.metrics)))
  if (held.has("throughput_tokens_per_s")) held.add("speedup")
  const overBase = runs.some(({ strategy }) => strategy.name === baseStrategy)
  if (held.has("throughput_tokens_per_s") && overBase) held.add("speedup_over_base")
  if (held.has("hops")) held.add("hop_reduction")
  return [...[...metrics.keys()].filter((id) => held.has(id)), ...[...held].filter((id) => !metrics.has(id)).toSorted()]
}

const valueOf = (setting: Setting, run: ComparedRun, id: string): number | null => {
  if (id === "speedup") return speedupOf(setting, run) ?? null
  if (id === "speedup_over_base") return speedupOverBase(setting, run) ?? null
  if (id === "hop_reduction") return hopReductionOf(setting, run) ?? null
  return run.metrics[id] ?? null
}

/** Every run with its metrics. */
export const runs = table({ id: "runs", section: "work", place: "open" }, (evidence) => {
  const all = runsOf(evidence)
  const settings = settingsOf(all)
  const baselines = [...new Set(settings.map(({ baseline }) => baseline))]
  // Over base twice says nothing more.
  const held = metricIdsOf(all).filter((id) => id !== "speedup_over_base" || baselines.some((b) => b !== baseStrategy))
  const ids = [...lead.filter((id) => held.includes(id)), ...held.filter((id) => !lead.includes(id))]
  const only = settings.length === 1
  return {
    title: only ? `Runs on ${settings[0]!.title}` : "Runs",
    columns: [
      ...runColumns.map((c) => (c.id === "machine" && only ? { ...c, csvOnly: true } : c)),
      column("baseline", "Baseline", "text", baselines.length === 1),
      ...ids.map((id) => column(id, titleOf(id, baselines), kindOf(id), metrics.has(id) && !lead.includes(id)))
    ],
    rows: settings.flatMap((setting) =>
      batchesOf(setting.runs).flatMap((batch) =>
        atBatch(setting, batch).map((run) => [
          ...runCells(setting, run),
          setting.baseline,
          ...ids.map((id) => valueOf(setting, run, id))
        ])
      )
    )
  }
})
