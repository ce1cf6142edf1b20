/** Simulated runs, for people. */
import { formatJoules, formatPs } from "@moira/core"
import type { SimulationDocument } from "@moira/results"
import { table } from "./table.ts"

const grouped = (n: number): string => Math.round(n).toLocaleString("en-US")
const times = (ratio: number | undefined): string => (ratio === undefined ? "–" : `${ratio.toFixed(2)} x`)

/** Runs as a table: strategy x throughput x hop reduction. */
export const simulationText = ({ runs }: SimulationDocument): string => {
  const rows = runs.map(({ machine, batch, strategy, metrics }) => [
    machine.name,
    grouped(batch),
    strategy.name,
    grouped(metrics["throughput_tokens_per_s"]!),
    times(metrics["speedup"]),
    grouped(metrics["hops"]!),
    // Without any hop left the reduction has no finite value.
    metrics["hops"] === 0 ? "all" : times(metrics["hop_reduction"]),
    formatPs(metrics["layer_time_ps"]!),
    metrics["energy_j"] === undefined ? "–" : formatJoules(metrics["energy_j"])
  ])
  const header = [
    "machine",
    "batch",
    "strategy",
    "tokens/s",
    "speed-up",
    "hops",
    "hop reduction",
    "layer step",
    "energy"
  ]
  return table(header, rows)
}

/** Every distinct warning of the runs. */
export const simulationWarnings = ({ runs }: SimulationDocument): ReadonlyArray<string> => [
  ...new Set(runs.flatMap(({ batch, warnings }) => warnings.map((text) => `batch ${grouped(batch)}: ${text}`)))
]
