/** Turns totals into the result document of a run. */
import { given } from "@moira/core"
import { mean, sum } from "@moira/core/statistics"
import { energyOf, type Fabric, totalJoules } from "@moira/hardware"
import type { RunResult } from "@moira/results"
import { boundParts } from "../step/binds.ts"
import type { BatchTotals } from "../step/simulate-batch.ts"

/** Energy of the parts that the machine has prices for; nothing where it has none. */
const energyMetrics = (totals: BatchTotals, { machine }: Fabric): Record<string, number> => {
  const energy = energyOf(machine.energy ?? {}, {
    memoryBytes: totals.localReadBytes + totals.remoteReadBytes + totals.localWriteBytes,
    linkBytes: sum(totals.linkBytes),
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
    copy_bytes: totals.copyBytes,
    copies_held: totals.copiesHeld,
    in_flight_bytes: totals.inFlightBytes,
    llc_hit_bytes: totals.cachedBytes,
    ...energyMetrics(totals, fabric),
    link_utilisation: utilisation.reduce((a, b) => Math.max(a, b), 0),
    unit_busy: mean(busy),
    balancedness: totals.balance / totals.layerSteps,
    lower_bound_ratio: totals.timePs / totals.lowerBoundPs,
    ...Object.fromEntries(boundParts.map((part) => [`bound_${part}_share`, totals.binds.ps[part] / totals.timePs]))
  }
}

/** The greatest of counts and its share of all; null where all are 0. */
const most = (counts: Uint32Array, all: number) => {
  const count = counts.reduce((a, b) => Math.max(a, b), 0)
  return count === 0 ? null : { index: counts.indexOf(count), share: count / all }
}

/** The unit that is the busiest most often, and the link that units wait for most often, with shares of the layer steps. */
export const busiestOf = ({ binds, layerSteps }: BatchTotals): NonNullable<RunResult["busiest"]> => ({
  unit: most(binds.unitSteps, layerSteps),
  link: most(binds.linkSteps, layerSteps)
})

/** The parts of a result that depend on how the run went. */
export const runSeries = (
  totals: BatchTotals,
  fabric: Fabric,
  layers: ReadonlyArray<number>
): Pick<RunResult, "layers" | "perStep" | "unitBusy" | "linkUtilisation"> => {
  const { plan, layerTimePs, layerCounts } = totals
  const perStep = plan.steps.map(({ index }, t) => ({
    step: index,
    tokens: totals.stepTokens[t]!,
    timePs: totals.stepTimePs[t]!
  }))
  return {
    layers: layers.flatMap((layer, index) =>
      layerCounts[index] === 0 ? [] : [{ layer, timePs: Math.round(layerTimePs[index]! / layerCounts[index]!) }]
    ),
    perStep,
    unitBusy: Array.from(totals.unitComputePs, (ps) => ps / totals.timePs),
    linkUtilisation: Array.from(
      totals.linkBytes,
      (bytes, link) => bytes / (fabric.linkBytesPerSec[link]! * (totals.timePs / 1e12))
    )
  }
}

/** What two runs must share to be compared; steps of a sample may differ, since some strategies need all of them. */
const setting = ({ machine, ...run }: RunResult) =>
  JSON.stringify([
    machine.name,
    machine.spec,
    run.network,
    run.flowTolerance,
    run.batch,
    run.steps,
    run.tokenTraffic,
    run.bytesPerWeight,
    run.blockTokens,
    run.warmUpSteps,
    run.kvReserveShare,
    run.controller,
    run.sample === undefined ? undefined : [run.sample.layers, run.seed]
  ])

/**
 * Adds `speedup` to every run that has a run of the baseline strategy, on its first placement, of the same machine, batch and settings, and
 * `speedup_over_base` and `hop_reduction` where it has one of `base`, the study's baseline.
 */
export const compareRuns = (runs: ReadonlyArray<RunResult>, baseline: string): ReadonlyArray<RunResult> => {
  // Of a strategy on several placements the first one counts.
  const of = (name: string) =>
    new Map(
      runs
        .filter(({ strategy }) => strategy.name === name || strategy.name.startsWith(`${name} on `))
        .map((run) => [setting(run), run.metrics] as const)
        .toReversed()
    )
  const [baselines, bases] = [of(baseline), of("base")]
  return runs.map((run) => {
    const { metrics } = run
    const times = (other: RunResult["metrics"] | undefined) =>
      other === undefined ? undefined : metrics["throughput_tokens_per_s"]! / other["throughput_tokens_per_s"]!
    const base = bases.get(setting(run))
    const compared = given({
      speedup: times(baselines.get(setting(run))),
      speedup_over_base: times(base),
      hop_reduction: base !== undefined && metrics["hops"]! > 0 ? base["hops"]! / metrics["hops"]! : undefined
    })
    return { ...run, metrics: { ...metrics, ...compared } }
  })
}
