/** What simulated time is spent on, by the metrics that name its parts. */
import { metrics, type RunResult } from "@moira/results"
import { integer, percent, times } from "../../format.ts"
import { metricOf } from "../../metric.ts"
import { hue } from "../../theme.ts"
import type { Shown } from "./lead.ts"

/** Ids of the shares that make up the simulated time, in the order of the metric table. */
export const boundIds: ReadonlyArray<string> = [...metrics.keys()].filter((id) => /^bound_.+_share$/.test(id))

/** The part that a metric is the share of: `link` of `bound_link_share`. */
export const partOf = (id: string): string => id.replace(/^bound_|_share$/g, "")

const colours: Readonly<Record<string, string>> = {
  arithmetic: hue.green,
  reading: hue.blue,
  imbalance: hue.orange,
  link: hue.purple,
  exchange: hue.violet,
  decision: hue.brown,
  latency: hue.grey
}

/** The colour of a part of the time, the same in every figure. */
export const partColour = (part: string): string => colours[part] ?? hue.olive

/** Shares that a run states; of runs of before parts were told apart there are none. */
export const boundsOf = (run: RunResult): ReadonlyArray<{ readonly id: string; readonly share: number }> =>
  boundIds.flatMap((id) => (run.metrics[id] === undefined ? [] : [{ id, share: run.metrics[id] }]))

/** A second part is worth telling from this share on. */
const worthTelling = 0.1

/** "moira on dojo at batch 4,096 is bound by reading for 62 % of its time, ...; it takes 1.08× its lower bound." */
export const bindsText = ({ setting, run }: Shown): string => {
  const [first, second] = boundsOf(run).toSorted((a, b) => b.share - a.share)
  if (first === undefined) return ""
  const words = (id: string) => metricOf(id).title.toLowerCase()
  const also =
    second === undefined || second.share < worthTelling
      ? ""
      : ` and ${words(second.id).replace("bound ", "")} for ${percent(second.share, 0)}`
  const ratio = run.metrics["lower_bound_ratio"]
  const far = ratio === undefined ? "" : `; it takes ${times(ratio)} the lower bound of its time`
  const where = `${run.strategy.name} on ${setting.title} at batch ${integer(run.batch)}`
  return `${where} is ${words(first.id)} for ${percent(first.share, 0)} of its time${also}${far}.`
}
