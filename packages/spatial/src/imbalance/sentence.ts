/** Advice in words. */
import type { BalanceAdvice, BalanceOption, BalanceSamples } from "@moira/results"
import { minJudges, visibleGain, worthwhileGain } from "./thresholds.ts"

/** What a gain by load leaves out, so that nobody takes it for throughput. */
export const leavesOut: ReadonlyArray<string> = [
  "Cost is taken as proportional to load. A small decode batch is bound by reading weights instead: each unit reads " +
    "every expert that any of its tokens needs, copies add reads, and balance gains less.",
  "Only the expert computation of MoE layers is counted: no attention, no all-to-all, no overlap. A layer's share of the " +
    "step time scales the gain down.",
  "Many tokens are judged at once. In one step of few tokens chance adds imbalance that no layout removes.",
  "Moving experts costs bandwidth and memory, and is not counted; degenerate layers are left out of the sums."
]

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
const times = (gain: number): string => gain.toFixed(2)

const spread: Readonly<Record<BalanceSamples, string>> = {
  requests: "95 % over requests",
  steps: "95 % over recorded steps",
  workloads: "the range over pairs of workloads",
  selections: "95 % of counting noise alone"
}

const range = ({ interval }: BalanceOption, samples: BalanceSamples): string =>
  interval === null ? "" : ` (${interval.map(times).join(" to ")}, ${spread[samples]})`

/** Whether the order of the trace matters for the gain. */
const staleness = ({ orderedGain, gain }: BalanceOption): string =>
  orderedGain === null || gain < visibleGain || gain - orderedGain < 0.2 * (gain - 1)
    ? ""
    : `; chosen on the first half of the trace and judged on the second it is ${times(orderedGain)} x, so the layout must follow the work`

const doubt = (advised: BalanceOption, samples: BalanceSamples, judges: number): string => {
  if (samples === "selections") return "; one recording does not show that it lasts"
  if ((advised.interval?.[0] ?? 1) < worthwhileGain)
    return "; the sure part of it is less than a benchmark of serving would show"
  if (samples !== "workloads" && judges < minJudges) return `; ${judges} judging ${samples} are too few to be sure`
  return ""
}

/** One sentence: what to do, what it gains, and how sure that is. */
export const adviceSentence = (
  { verdict, units, samples, bound, persistence }: Omit<BalanceAdvice, "sentence">,
  advised: BalanceOption,
  judges: number
): string => {
  const { slots, gain } = advised
  const what =
    slots === 0
      ? `rearranging experts over ${units} units without copies`
      : `${slots} redundant ${slots === 1 ? "slot" : "slots"} a unit on ${units} units`
  const gains = `makes MoE compute ${times(gain)} x as fast${range(advised, samples)}; perfect balance would make it ${times(bound)} x`
  if (verdict === "no") return `No: the best that was tried, ${what}, ${gains}.`
  const { stillHotShare } = persistence
  const persists = stillHotShare === null ? "" : `; ${percent(stillHotShare)} of hot experts stay hot`
  const unsure = verdict === "yes" ? "" : doubt(advised, samples, judges)
  return `${verdict === "yes" ? "Yes" : "Perhaps"}: ${what} ${gains}${persists}${unsure}${staleness(advised)}.`
}
