/** What advice on balancing is told by: the verdict, the batch from which it holds and the speed-up, and whether hot experts stay hot. */
import type { AdviceDocument, Evidence } from "@moira/results"
import { integer, percent, times } from "../../format.ts"
import type { Headline } from "../../reported-kind.ts"
import { adviceOf, boundPart, layoutName, leadingBatch, leadingOption, settingOf } from "./options.ts"

/** The batch and the option that lead; undefined where nothing was compared. */
const leadOf = ({ advice }: AdviceDocument) => {
  const batch = leadingBatch(advice)
  const option = batch === undefined ? undefined : leadingOption(batch)
  return batch === undefined || option === undefined ? undefined : { batch, option }
}

const verdictOf = (document: AdviceDocument): ReadonlyArray<Headline> => {
  const lead = leadOf(document)
  if (lead === undefined) return []
  const { batch, option } = lead
  const interval = option.interval === null ? "" : `, 95 % interval ${option.interval.map(times).join(" to ")}`
  const binds = boundPart(batch.options[0]!)
  return [
    {
      value: times(option.speedup),
      label: `balancing: ${batch.verdict} at batch ${integer(batch.batchTokens)}, with ${layoutName(option)}`,
      detail:
        `layer step of the contiguous layout over this one's, simulated on ${settingOf(document)}, held out${interval}` +
        (binds === null ? "" : `; ${binds} takes longest before`)
    }
  ]
}

const stillHot = (document: AdviceDocument): ReadonlyArray<Headline> => {
  const share = document.advice.balance?.persistence.stillHotShare ?? null
  return share === null
    ? []
    : [
        {
          value: percent(share, 0),
          label: "of hot experts stay hot on what the layout has not seen",
          detail: `twice the mean load or more, ${settingOf(document)}`
        }
      ]
}

/** Of the first advice: others have tables and figures. */
export const adviceHeadlines = (evidence: Evidence): ReadonlyArray<Headline> =>
  adviceOf(evidence)
    .slice(0, 1)
    .flatMap((document) => [...verdictOf(document), ...stillHot(document)])

const words = {
  yes: "balancing pays",
  perhaps: "balancing may pay",
  no: "balancing does not pay",
  "costs time": "copies of experts cost time",
  "cannot tell": "too few groups judge whether balancing pays"
} as const

export const adviceMessage = (evidence: Evidence, title: string): string | undefined => {
  const document = adviceOf(evidence)[0]
  const lead = document === undefined ? undefined : leadOf(document)
  if (document === undefined || lead === undefined) return undefined
  const { batch, option } = lead
  return (
    `${title}: ${words[batch.verdict]} at batch ${integer(batch.batchTokens)} on ${settingOf(document)}, ` +
    `${times(option.speedup)} with ${layoutName(option)}`
  )
}
