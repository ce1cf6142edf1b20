/** How advice on balancing is told: names and order that figures, tables and headlines share. */
import { type AdviceDocument, type BalanceAdvice, type BalanceOption, type Evidence, resultKinds } from "@moira/results"
import { integer } from "../../format.ts"

export const adviceOf = (evidence: Evidence): ReadonlyArray<AdviceDocument> => evidence.of(resultKinds.advice)

/** What tells one advice from another on the same trace. */
export const settingOf = ({ advice: { units }, phase }: AdviceDocument): string =>
  `${integer(units)} ${units === 1 ? "unit" : "units"}, ${phase === "both" ? "prefill and decode" : phase}`

export const layoutName = ({ layout, slots }: BalanceOption): string =>
  layout === "replicated" ? `${slots} spare ${slots === 1 ? "slot" : "slots"} a unit` : layout

/** The layouts that balance, by spare slots: rearranged ones have none. Contiguous is what gains are counted from. */
export const bySlots = ({ options }: BalanceAdvice): ReadonlyArray<BalanceOption> =>
  options.filter(({ layout }) => layout !== "contiguous").toSorted((a, b) => a.slots - b.slots)

/** The option that the advice takes, else the one that gains most; `undefined` where there is nothing to choose from. */
export const leadingOption = (advice: BalanceAdvice): BalanceOption | undefined => {
  const options = bySlots(advice)
  return options.find(({ slots }) => slots === advice.advisedSlots) ?? options.toSorted((a, b) => b.gain - a.gain)[0]
}
