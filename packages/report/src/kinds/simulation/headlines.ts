/** What simulated strategies are told by: speed over the baseline and over rivals, hops over base. */
import type { Evidence } from "@moira/results"
import { compact, integer, times } from "../../format.ts"
import { metricOf } from "../../metric.ts"
import type { Headline } from "../../reported-kind.ts"
import { leadingRun, leadOf } from "./lead.ts"
import { baseStrategy, besideOf, runsOf, settingsOf } from "./runs.ts"
import { leadText, meanOver } from "./verdict.ts"

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

/** Hops of the leading strategy at the largest batch, against base. */
const moved = (evidence: Evidence): ReadonlyArray<Headline> => {
  const shown = leadingRun(settingsOf(runsOf(evidence)))
  if (shown === undefined) return []
  const { setting, run } = shown
  const hops = run.metrics["hops"]
  const baseHops = besideOf(setting, run, baseStrategy)?.metrics["hops"]
  if (run.strategy.name === baseStrategy || hops === undefined || baseHops === undefined || baseHops === 0) return []
  const where = `on ${setting.title} at batch ${integer(run.batch)}`
  const detail = `${run.strategy.name} ${compact(hops)}, ${baseStrategy} ${compact(baseHops)}, ${where}`
  return [
    hops === 0
      ? { value: "0 hops", label: "expert weights cross no link", detail }
      : hops < baseHops
        ? { value: times(baseHops / hops), label: `fewer hops of expert weights than ${baseStrategy}`, detail }
        : { value: times(hops / baseHops), label: `the hops of expert weights of ${baseStrategy}`, detail }
  ]
}

export const speed = (evidence: Evidence): ReadonlyArray<Headline> => {
  const lead = leadOf(settingsOf(runsOf(evidence)))
  if (lead === undefined) return alone(evidence)
  const label = `decode throughput over ${lead.over}`
  return [{ value: times(lead.speedup), label, detail: leadText(lead) }, ...moved(evidence)]
}

/** Where a strategy is faster than the baseline, by how much. */
export const speedMessage = (evidence: Evidence, model: string): string | undefined => {
  const lead = leadOf(settingsOf(runsOf(evidence)))
  if (lead === undefined || !(lead.speedup > 1)) return undefined
  const mean = meanOver(lead)
  const faster = `MoE layers decode ${times(lead.speedup)} as fast with ${lead.strategy} as with ${lead.over}`
  return `${model}: ${faster}${mean === "" ? "" : `, ${mean}`}`
}
