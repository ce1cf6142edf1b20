/** What simulated strategies are told by: speed and hops against base. */
import type { Evidence } from "@moira/results"
import { compact, integer, times } from "../../format.ts"
import { metricOf } from "../../metric.ts"
import type { Headline } from "../../reported-kind.ts"
import { baseOf, baseStrategy, bestOf, runsOf, settingsOf } from "./runs.ts"

const throughputId = "throughput_tokens_per_s"

/** Without anything to compare with: the run with the greatest throughput. */
const alone = (evidence: Evidence): ReadonlyArray<Headline> => {
  const fastest = settingsOf(runsOf(evidence))
    .flatMap((setting) => setting.runs.map((run) => ({ setting, run, rate: run.metrics[throughputId] ?? 0 })))
    .toSorted((a, b) => b.rate - a.rate)[0]
  if (fastest === undefined || fastest.rate === 0) return []
  const { setting, run, rate } = fastest
  return [
    {
      value: compact(rate),
      label: `decode ${metricOf(throughputId).unit} through the MoE layers`,
      detail: `${run.strategy.name} on ${setting.title} at batch ${integer(run.batch)}`
    }
  ]
}

export const speed = (evidence: Evidence): ReadonlyArray<Headline> => {
  const settings = settingsOf(runsOf(evidence))
  const best = bestOf(settings)
  if (best === undefined) return alone(evidence)
  const { setting, run, speedup } = best
  const where = `${run.strategy.name} on ${setting.title} at batch ${integer(run.batch)}`
  const rate = run.metrics[throughputId]
  const base = baseOf(setting, run)
  const baseRate = base?.metrics[throughputId]
  if (speedup === undefined) {
    return rate === undefined
      ? []
      : [{ value: compact(rate), label: "decode tokens/s through the MoE layers", detail: where }]
  }
  const rates =
    rate === undefined || baseRate === undefined ? "" : `: ${compact(rate)} against ${compact(baseRate)} tokens/s`
  const faster = { value: times(speedup), label: `decode throughput over ${baseStrategy}`, detail: `${where}${rates}` }
  const hops = run.metrics["hops"]
  const baseHops = base?.metrics["hops"]
  if (hops === undefined || baseHops === undefined || baseHops === 0) return [faster]
  const moved = `${run.strategy.name} ${compact(hops)}, ${baseStrategy} ${compact(baseHops)}, same machine and batch`
  return [
    faster,
    hops === 0
      ? { value: "0 hops", label: "expert weights cross no link", detail: moved }
      : hops < baseHops
        ? { value: times(baseHops / hops), label: "fewer hops of expert weights", detail: moved }
        : { value: times(hops / baseHops), label: "the hops of expert weights", detail: moved }
  ]
}

/** Where a strategy is faster than base, by how much. */
export const speedMessage = (evidence: Evidence, model: string): string | undefined => {
  const best = bestOf(settingsOf(runsOf(evidence)))
  return best?.speedup !== undefined && best.speedup > 1
    ? `${model}: MoE layers decode ${times(best.speedup)} as fast with ${best.run.strategy.name} as with ${baseStrategy}`
    : undefined
}
