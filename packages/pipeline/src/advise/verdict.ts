/** From timed layouts of one batch to a verdict. */
import type { AdviceBatch, AdviceOption, AdviceVerdict } from "@moira/results"
import { becauseOf } from "./binds.ts"
import { visible, worthwhile } from "./thresholds.ts"

const bestOf = (options: ReadonlyArray<AdviceOption>): AdviceOption =>
  options.reduce((best, option) => (option.speedup > best.speedup ? option : best))

/** The layouts that change something. */
const tried = ({ options }: Pick<AdviceBatch, "options">) => options.filter(({ layout }) => layout !== "contiguous")

/** The fewest slots whose speed-up is, for what anybody would see, the best. */
const cheapest = (options: ReadonlyArray<AdviceOption>): AdviceOption => {
  const { speedup } = bestOf(options)
  return options.find((option) => option.speedup * worthwhile >= speedup)!
}

/** The option that a batch's verdict speaks of: the advised one; of copies that cost time the best; else the best. */
export const leadingOption = (batch: Pick<AdviceBatch, "options" | "verdict" | "advisedSlots">): AdviceOption => {
  const options = tried(batch)
  const advised = options.find(({ slots }) => slots === batch.advisedSlots)
  if (advised !== undefined) return advised
  const copies = options.filter(({ slots }) => slots > 0)
  return bestOf(batch.verdict === "costs time" && copies.length > 0 ? copies : options)
}

/**
 * A yes needs a low end that is worthwhile, a perhaps one above 1. Copies cost time where all of them do and rearranging
 * does not gain either. Where too few groups judge there is no interval, and so no word on a gain.
 */
const verdictOf = (options: ReadonlyArray<AdviceOption>): AdviceVerdict => {
  const { interval, speedup } = cheapest(options)
  const copies = options.filter(({ slots }) => slots > 0)
  if (bestOf(options).speedup < visible)
    return bestOf(copies.length > 0 ? copies : options).speedup <= 1 / visible ? "costs time" : "no"
  if (interval === null) return speedup >= visible ? "cannot tell" : "no"
  if (interval[0] >= worthwhile) return "yes"
  return interval[0] > 1 ? "perhaps" : "no"
}

/** The verdict of one batch; options begin with the contiguous layout. */
export const concludeBatch = (batchTokens: number, options: ReadonlyArray<AdviceOption>): AdviceBatch => {
  const candidates = tried({ options })
  const verdict = verdictOf(candidates)
  const advisedSlots = verdict === "yes" || verdict === "perhaps" ? cheapest(candidates).slots : null
  const batch = { batchTokens, verdict, advisedSlots, options }
  return { ...batch, because: becauseOf(options[0]!, leadingOption(batch)) }
}

const order: ReadonlyArray<AdviceVerdict> = ["yes", "perhaps", "cannot tell", "no", "costs time"]

/** The best verdict of any batch. */
export const overall = (batches: ReadonlyArray<AdviceBatch>): AdviceVerdict =>
  order.find((verdict) => batches.some((batch) => batch.verdict === verdict))!

/** The smallest batch with the best verdict: what the answer is told by. */
export const leadingBatch = (batches: ReadonlyArray<AdviceBatch>): AdviceBatch => {
  const verdict = overall(batches)
  return batches.find((batch) => batch.verdict === verdict)!
}
