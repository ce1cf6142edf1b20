/** Turns totals into the result document of a run. */
import { energyOf, type Fabric, totalJoules } from "@moira/hardware"
import type { RunResult } from "@moira/results"
import type { BatchTotals } from "../step/simulate-batch.ts"

const mean = (values: Iterable<number>): number => {
  let [sum, n] = [0, 0]
  for (const value of values) {
    sum += value
    n++
  }
  return n === 0 ? 0 : sum / n
}

/** Energy of the parts that the machine has prices for; nothing where it has none. */
const energyMetrics = (totals: BatchTotals, { machine }: Fabric): Record<string, number> => {
  const energy = energyOf(machine.energy ?? {}, {
    // A copy made before the first step is read once and written once.
    memoryBytes: totals.localReadBytes + totals.remoteReadBytes + totals.localWriteBytes + 2 * totals.seedBytes,
    linkBytes: totals.linkBytes.reduce((sum, bytes) => sum + bytes, totals.seedByteHops),
    flop: totals.flop
  })
  const ids = {
    energy_j: totalJoules(energy),
    energy_memory_j: energy.memoryJ,
    energy_link_j: energy.linkJ,
    energy_compute_j: energy.computeJ
  }
  return Object.fromEntries(Object.entries(ids).flatMap(([id, value]) => (value === undefined ? [] : [[id, value]])))
}

/** Metrics by id; definitions are in the metric table of @moira/trace. */
export const runMetrics = (totals: BatchTotals, fabric: Fabric): Record<string, number> => {
  const seconds = totals.timePs / 1e12
  const busy = totals.unitComputePs.map((ps) => ps / totals.timePs)
  const utilisation = totals.linkBytes.map((bytes, link) => bytes / (fabric.linkBytesPerSec[link]! * seconds))
  return {
    throughput_tokens_per_s: totals.tokens / seconds,
    time_ps: totals.timePs,
    decision_time_ps: totals.decisionPs,
    layer_time_ps: totals.timePs / totals.layerSteps,
    tokens: totals.tokens,
    flop: totals.flop,
    hops: totals.hops,
    byte_hops: totals.byteHops,
    token_hops: totals.tokenHops,
    token_bytes: totals.tokenBytes,
    dram_local_read_bytes: totals.localReadBytes,
    dram_remote_read_bytes: totals.remoteReadBytes,
    dram_local_write_bytes: totals.localWriteBytes,
    seed_bytes: totals.seedBytes,
    seed_hops: totals.seedHops,
    llc_hit_bytes: totals.cachedBytes,
    ...energyMetrics(totals, fabric),
    link_utilisation: utilisation.reduce((a, b) => Math.max(a, b), 0),
    unit_busy: mean(busy),
    balancedness: totals.balance / totals.layerSteps,
    lower_bound_ratio: totals.timePs / totals.lowerBoundPs
  }
}

/** The parts of a result that depend on how the run went. */
export const runSeries = (
  totals: BatchTotals,
  fabric: Fabric,
  layers: ReadonlyArray<number>
): Pick<RunResult, "layers" | "perStep" | "unitBusy" | "linkUtilisation"> => {
  const steps = totals.layerSteps / layers.length
  const perStep = Array.from({ length: steps }, (_, step) => ({
    step: totals.firstStep + step,
    tokens: totals.stepTokens[step]!,
    timePs: totals.stepTimePs[step]!
  }))
  return {
    layers: layers.map((layer, index) => ({ layer, timePs: Math.round(totals.layerTimePs[index]! / steps) })),
    perStep,
    unitBusy: Array.from(totals.unitComputePs, (ps) => ps / totals.timePs),
    linkUtilisation: Array.from(
      totals.linkBytes,
      (bytes, link) => bytes / (fabric.linkBytesPerSec[link]! * (totals.timePs / 1e12))
    )
  }
}

/** What two runs must share to be compared. */
const setting = ({ machine, ...run }: RunResult) =>
  JSON.stringify([
    machine.name,
    machine.spec,
    run.network,
    run.batch,
    run.steps,
    run.tokenTraffic,
    run.bytesPerWeight,
    run.blockTokens,
    run.warmUpSteps,
    run.controller
  ])

/** Adds `speedup` and `hop_reduction` to every run that has a `base` run of the same machine, batch and settings. */
export const compareWithBase = (runs: ReadonlyArray<RunResult>): ReadonlyArray<RunResult> => {
  const bases = new Map(runs.filter((run) => run.strategy.name === "base").map((run) => [setting(run), run]))
  return runs.map((run) => {
    const base = bases.get(setting(run))
    if (base === undefined) return run
    const ratio = (id: string) => run.metrics[id]! / base.metrics[id]!
    const hops = run.metrics["hops"]!
    const hopReduction = hops > 0 ? { hop_reduction: base.metrics["hops"]! / hops } : {}
    return { ...run, metrics: { ...run.metrics, speedup: ratio("throughput_tokens_per_s"), ...hopReduction } }
  })
}
