/** Advice in words: from which batch on, with how many slots, how much, how sure, and why. */
import { formatCount } from "@moira/core"
import type { AdviceBatch, AdviceOption, AdviceVerdict } from "@moira/results"
import { leadingBatch, leadingOption } from "./verdict.ts"

/** Batches in a row with the same verdict. */
interface Run {
  readonly verdict: AdviceVerdict
  readonly batches: ReadonlyArray<AdviceBatch>
  readonly isFirst: boolean
  readonly isLast: boolean
}

const runsOf = (batches: ReadonlyArray<AdviceBatch>): ReadonlyArray<Run> => {
  const runs: Array<{ verdict: AdviceVerdict; batches: Array<AdviceBatch> }> = []
  for (const batch of batches) {
    const last = runs.at(-1)
    if (last?.verdict === batch.verdict) last.batches.push(batch)
    else runs.push({ verdict: batch.verdict, batches: [batch] })
  }
  return runs.map((run, i) => ({ ...run, isFirst: i === 0, isLast: i === runs.length - 1 }))
}

/** Which batches a run is of; only measured ones are named. */
const rangeOf = ({ batches, isFirst, isLast }: Run): string => {
  const [first, last] = [formatCount(batches[0]!.batchTokens), formatCount(batches.at(-1)!.batchTokens)]
  if (batches.length === 1 && !(isLast && !isFirst)) return `at batch ${first}`
  if (isLast && !isFirst) return `from batch ${first} on`
  if (isFirst && !isLast) return `up to batch ${last}`
  return `from batch ${first} to ${last}`
}

const times = (value: number): string => value.toFixed(2)

const layoutOf = ({ slots }: AdviceOption): string =>
  slots === 0 ? "rearranged without copies" : `${slots} spare ${slots === 1 ? "slot" : "slots"} a unit`

const gainOf = ({ speedup, interval }: AdviceOption): string =>
  `${times(speedup)} x${interval === null ? "" : ` (${interval.map(times).join(" to ")})`}`

/** Where rearranging leads and copies cost time, what they cost. */
const copiesOf = ({ options, batchTokens }: AdviceBatch, lead: AdviceOption): string => {
  const copies = options.filter(({ slots }) => slots > 0).toSorted((a, b) => b.speedup - a.speedup)[0]
  if (lead.slots > 0 || copies === undefined || copies.speedup >= 1) return ""
  return `; copies cost time at ${formatCount(batchTokens)}, ${times(copies.speedup)} x`
}

/** The layout and its speed-up at the first batch of a run, and at the last where it has several. */
const figures = ({ batches }: Run): string => {
  const [first, last] = [batches[0]!, batches.at(-1)!]
  const [before, after] = [leadingOption(first), leadingOption(last)]
  const start = `${layoutOf(before)}, ${gainOf(before)} at ${formatCount(first.batchTokens)}`
  const same = before.slots === after.slots ? "" : `${layoutOf(after)}, `
  const end = first === last ? "" : ` to ${same}${gainOf(after)} at ${formatCount(last.batchTokens)}`
  return start + end + copiesOf(first, before)
}

const openings: Readonly<Record<AdviceVerdict, (range: string) => string>> = {
  yes: (range) => `yes ${range}`,
  perhaps: (range) => `perhaps ${range}`,
  no: (range) => `no ${range}`,
  "costs time": (range) => `${range} it costs time`,
  "cannot tell": (range) => `${range} it cannot be told, too few groups judge`
}

const order: ReadonlyArray<AdviceVerdict> = ["yes", "perhaps", "cannot tell", "no", "costs time"]

/** "Yes from batch 4,096 on: 1 spare slot a unit, 1.21 x (1.17 to 1.26); up to batch 256 it costs time: ..., 0.78 x. At 4,096 ..." */
export const adviceSentence = (batches: ReadonlyArray<AdviceBatch>): string => {
  const runs = runsOf(batches)
  const clauses = order.flatMap((verdict) => {
    const of = runs.filter((run) => run.verdict === verdict)
    return of.length === 0 ? [] : [`${openings[verdict](of.map(rangeOf).join(" and "))}: ${of.map(figures).join("; ")}`]
  })
  const lead = leadingBatch(batches)
  const why = `at batch ${formatCount(lead.batchTokens)} ${lead.because}`
  return [...clauses, why].map((text) => `${text[0]!.toUpperCase()}${text.slice(1)}.`).join(" ")
}
