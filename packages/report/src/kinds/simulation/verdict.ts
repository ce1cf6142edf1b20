/** The lead in words: over what, over which rival, where it loses. */
import { greatestOf, leastOf } from "@moira/core/statistics"
import { compact, integer, times } from "../../format.ts"
import { besideOf, baseStrategy, speedupOverBase } from "./runs.ts"
import type { Judged, Lead } from "./lead.ts"

/** A factor below this is a loss, and not a tie that rounds to 1.00. */
const losesBelow = 0.995

/** Losses that are listed; the others are counted. */
const listed = 3

const severalSettings = ({ judged }: Lead): boolean => new Set(judged.map(({ setting }) => setting.title)).size > 1

const placeOf = (lead: Lead, { setting, run }: Judged): string =>
  `${severalSettings(lead) ? `on ${setting.title} ` : ""}at batch ${integer(run.batch)}`

/** Of how many runs the lead's factors are means; empty for a single one. */
export const meanOver = (lead: Lead): string =>
  lead.judged.length === 1
    ? ""
    : `mean of ${lead.judged.length} ${severalSettings(lead) ? "machines and batches" : "batches"}`

/** Where the lead stands: a single run with its rate and the baseline's, or the least and the greatest factor of several. */
const range = (lead: Lead): string => {
  const { judged, strategy, over } = lead
  const [only] = judged
  if (judged.length === 1) {
    const { setting, run } = only!
    const rate = run.metrics["throughput_tokens_per_s"]
    const other = besideOf(setting, run, over)?.metrics["throughput_tokens_per_s"]
    const rates =
      rate === undefined || other === undefined ? "" : `: ${compact(rate)} against ${compact(other)} tokens/s`
    return `${strategy} on ${setting.title} at batch ${integer(run.batch)}${rates}`
  }
  const sorted = judged.toSorted((a, b) => a.speedup - b.speedup)
  const [least, most] = [sorted[0]!, sorted.at(-1)!]
  const where = severalSettings(lead) ? "" : ` on ${only!.setting.title}`
  const from = `from ${times(least.speedup)} ${placeOf(lead, least)} to ${times(most.speedup)} ${placeOf(lead, most)}`
  return `${strategy}${where}, ${meanOver(lead)}, ${from}`
}

/** Against the best of the others, and every place where it loses to it. */
const rivalsText = (lead: Lead): string => {
  const { judged, overRivals, over } = lead
  if (overRivals === undefined) return ""
  const names = [...new Set(judged.flatMap(({ rival }) => rival?.name ?? []))]
  const against =
    names.length === 1 && names[0] === over
      ? `${over} is the best of the others`
      : `${times(overRivals)} the best other strategy${names.length === 1 ? `, ${names[0]}` : ""}`
  const lost = judged.filter(({ rival }) => rival !== undefined && rival.factor < losesBelow)
  const losses = lost
    .slice(0, listed)
    .map((one) => `${one.rival!.name} ${placeOf(lead, one)} (${times(one.rival!.factor)})`)
  const more = lost.length > listed ? ` and ${lost.length - listed} more` : ""
  return lost.length === 0 ? against : `${against}; loses to ${losses.join(", ")}${more}`
}

/** Base beside it: its factor, or the range of several; empty where factors are over base or base did not run. */
const baseText = ({ judged, over }: Lead): string => {
  const factors = judged.flatMap(({ setting, run }) => speedupOverBase(setting, run) ?? [])
  if (over === baseStrategy || factors.length === 0) return ""
  const [least, most] = [leastOf(factors), greatestOf(factors)].map(times)
  return least === most ? `${least} ${baseStrategy}` : `${least} to ${most} ${baseStrategy}`
}

export const leadText = (lead: Lead): string =>
  [range(lead), rivalsText(lead), baseText(lead)].filter((text) => text !== "").join("; ")
