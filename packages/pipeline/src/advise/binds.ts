/** What a layer step spends its time on, and what a layout changes in that, in words. */
import { formatPs } from "@moira/core"
import type { AdviceOption } from "@moira/results"

/** Parts of a layer step by the metric of their share, in words. */
const parts: Readonly<Record<string, string>> = {
  bound_arithmetic_share: "arithmetic",
  bound_reading_share: "reading experts",
  bound_imbalance_share: "waiting for the busiest unit",
  bound_link_share: "links",
  bound_exchange_share: "dispatch and combine",
  bound_decision_share: "deciding",
  bound_latency_share: "latency"
}

type Timed = Pick<AdviceOption, "layerTimePs" | "metrics">

const known = ({ metrics }: Pick<AdviceOption, "metrics">) =>
  Object.keys(parts).filter((id) => metrics[id] !== undefined)

/** The longest part of a step, by the metric that names it; null where the metrics do not tell parts apart. */
export const longestPart = (option: Pick<AdviceOption, "metrics">): string | null =>
  known(option).reduce<string | null>(
    (best, id) => (best === null || option.metrics[id]! > option.metrics[best]! ? id : best),
    null
  )

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`

/** Less than this part of a step is not told. */
const worthTelling = 0.02

/** The part that changes most one way; `sign` is 1 for what falls, -1 for what grows. */
const changed = (before: Timed, after: Timed, sign: 1 | -1): string | undefined => {
  const ps = ({ metrics, layerTimePs }: Timed, id: string) => metrics[id]! * layerTimePs
  const change = (id: string) => sign * (ps(before, id) - ps(after, id))
  const [most] = known(before)
    .filter((id) => after.metrics[id] !== undefined)
    .toSorted((a, b) => change(b) - change(a))
  if (most === undefined || change(most) < worthTelling * before.layerTimePs) return undefined
  return `${parts[most]} ${sign === 1 ? "falls" : "grows"} from ${formatPs(ps(before, most))} to ${formatPs(ps(after, most))}`
}

/** What takes longest before, and what changes most: "dispatch and combine takes 52 % of a layer step; ... falls from 90 us to 20 us". */
export const becauseOf = (before: Timed, after: Timed): string => {
  const whole = `a layer step takes ${formatPs(after.layerTimePs)} instead of ${formatPs(before.layerTimePs)}`
  const [first, second] = known(before).toSorted((a, b) => before.metrics[b]! - before.metrics[a]!)
  if (first === undefined) return whole
  const share = (id: string) => `${parts[id]} (${percent(before.metrics[id]!)})`
  const also = second === undefined || before.metrics[second]! < 0.1 ? "" : ` and ${share(second)}`
  const changes = [changed(before, after, 1), changed(before, after, -1)].filter((text) => text !== undefined)
  return [`${whole}: ${share(first)}${also} bind`, ...changes].join("; ")
}
