/** Simulated runs, for people. */
import { formatJoules, formatPs } from "@moira/core"
import type { SimulationDocument } from "@moira/results"
import { table } from "./table.ts"

const grouped = (n: number): string => Math.round(n).toLocaleString("en-US")
const times = (ratio: number | undefined): string => (ratio === undefined ? "–" : `${ratio.toFixed(2)} x`)

/** The two greatest parts of the time, such as `reading 62 %, imbalance 20 %`. */
const bindsText = (metrics: Readonly<Record<string, number>>): string =>
  Object.entries(metrics)
    .flatMap(([id, share]) => {
      const part = /^bound_(.+)_share$/.exec(id)?.[1]
      return part === undefined || share < 0.005 ? [] : [{ part, share }]
    })
    .toSorted((a, b) => b.share - a.share)
    .slice(0, 2)
    .map(({ part, share }) => `${part} ${Math.round(100 * share)} %`)
    .join(", ")

/** Runs as a table: what each strategy reaches, over what, and what it waits for. */
export const simulationText = ({ runs, baseline = "base" }: SimulationDocument): string => {
  const rows = runs.map(({ machine, batch, strategy, metrics }) => [
    machine.name,
    grouped(batch),
    strategy.name,
    grouped(metrics["throughput_tokens_per_s"]!),
    times(metrics["speedup"]),
    times(metrics["speedup_over_base"]),
    grouped(metrics["hops"]!),
    formatPs(metrics["layer_time_ps"]!),
    times(metrics["lower_bound_ratio"]),
    bindsText(metrics),
    metrics["energy_j"] === undefined ? "–" : formatJoules(metrics["energy_j"])
  ])
  const header = [
    "machine",
    "batch",
    "strategy",
    "tokens/s",
    `over ${baseline}`,
    "over base",
    "hops",
    "layer step",
    "over bound",
    "what binds",
    "energy"
  ]
  return table(header, rows)
}

/** Every distinct warning of the runs. */
export const simulationWarnings = ({ runs }: SimulationDocument): ReadonlyArray<string> => [
  ...new Set(runs.flatMap(({ batch, warnings }) => warnings.map((text) => `batch ${grouped(batch)}: ${text}`)))
]
