/** The message of a report and the few figures that carry it. */
import type { Evidence } from "@moira/results"
import { inTurn } from "./arranged.ts"
import { unbroken } from "./format.ts"
import type { Headline, ReportOptions } from "./reported-kind.ts"

/** A report opens with at most this many. */
const most = 5

/** Up to five figures, the most telling first. */
export const headlinesOf = (evidence: Evidence, { kinds }: ReportOptions): ReadonlyArray<Headline> =>
  inTurn(kinds, ({ headlines }) => headlines)
    .flatMap((of) => of(evidence))
    .slice(0, most)
    .map(({ value, label, detail }) => ({ value, label: unbroken(label), detail: unbroken(detail) }))

/** One sentence: what the documents show of what they are about. */
export const messageOf = (evidence: Evidence, title: string, { kinds }: ReportOptions): string => {
  for (const of of inTurn(kinds, ({ messages }) => messages)) {
    const message = of(evidence, title)
    if (message !== undefined) return message
  }
  return `Data movement of ${title}`
}
