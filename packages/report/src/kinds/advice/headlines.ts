/** What advice on balancing is told by: the verdict, what the advised layout gains, and whether hot experts stay hot. */
import type { AdviceDocument, Evidence } from "@moira/results"
import { percent, times } from "../../format.ts"
import type { Headline } from "../../reported-kind.ts"
import { adviceOf, layoutName, leadingOption, settingOf } from "./options.ts"

const verdictOf = (document: AdviceDocument): ReadonlyArray<Headline> => {
  const { advice } = document
  const option = leadingOption(advice)
  if (option === undefined) return []
  const interval = option.interval === null ? "" : `, 95 % interval ${option.interval.map(times).join(" to ")}`
  return [
    {
      value: times(option.gain),
      label: `balancing: ${advice.verdict}, with ${layoutName(option)}`,
      detail: `predicted speed over contiguous on ${settingOf(document)}, held out${interval}; perfect balance ${times(advice.bound)}`
    }
  ]
}

const stillHot = (document: AdviceDocument): ReadonlyArray<Headline> => {
  const share = document.advice.persistence.stillHotShare
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

export const adviceMessage = (evidence: Evidence, title: string): string | undefined => {
  const document = adviceOf(evidence)[0]
  if (document === undefined) return undefined
  const { verdict, units } = document.advice
  const option = leadingOption(document.advice)
  if (verdict === "cannot tell" || option === undefined) return `${title}: nothing to judge balancing on`
  const words = { yes: "balancing pays", perhaps: "balancing may pay", no: "balancing does not pay" }[verdict]
  return `${title}: ${words} on ${units} units, ${times(option.gain)} with ${layoutName(option)}`
}
