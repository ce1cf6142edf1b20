/** What documents speak of: those about the same trace or counts make one chapter. */
import { type CountsInput, type Evidence, evidenceOf, type Input, type ResultDocument } from "@moira/results"
import type { About, ReportedKind } from "./reported-kind.ts"

/** One trace, or whatever else documents are about, and every document about it. */
export interface Subject {
  /** Part of file names and anchors; unique among the subjects of a report. */
  readonly slug: string
  /** What a reader calls it; counts need not say their model. */
  readonly title: string
  /** `undefined` of documents that were computed from many inputs: their kind says what they are about. */
  readonly input: Input | CountsInput | undefined
  readonly about: About | undefined
  readonly evidence: Evidence
}

/** What a report tells; what one analysis found may be several documents, given as the list that they came in. */
export type Documents = ReadonlyArray<ResultDocument | ReadonlyArray<ResultDocument>>

/** Whether a subject is counts, which have neither requests nor tokens. */
export const isCountsInput = (input: Input | CountsInput): input is CountsInput => "workloads" in input

/** Whether something was computed from a trace, which can answer everything that a report asks. */
export const isOfTrace = ({ documents }: Evidence): boolean =>
  documents.some(({ input }) => input !== undefined && !isCountsInput(input))

const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "") || "trace"

const keyOf = ({ schema, input }: ResultDocument): string =>
  JSON.stringify(input === undefined ? [schema] : [input.model, input.contentSha256])

/** Documents grouped by what they were computed from, in order of first appearance; those of many inputs by their kind. */
export const subjectsOf = (documents: Documents, kinds: ReadonlyArray<ReportedKind>): ReadonlyArray<Subject> => {
  const groups = [...Map.groupBy(documents.flat(), keyOf).values()].map((group) => {
    const { schema, input } = group[0]!
    const evidence = evidenceOf(group)
    const kind = input === undefined ? kinds.find((one) => one.schema === schema) : undefined
    const about = kind?.about?.(evidence)
    return {
      input,
      about,
      evidence,
      title: input === undefined ? (about?.title ?? schema) : (input.title ?? "counts of experts"),
      name: slugOf(input === undefined ? (kind?.id ?? schema) : (input.model ?? "counts"))
    }
  })
  return groups.map(({ name, ...group }, i) => {
    const same = groups.slice(0, i).filter((other) => other.name === name).length
    return { slug: same === 0 ? name : `${name}-${same + 1}`, ...group }
  })
}
