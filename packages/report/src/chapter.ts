/** One subject's part of a report, in reading order and free of any file format. */
import type { CountsInput, Evidence, Input, Metric, NotMeasured } from "@moira/results"
import { drawFigures, inTurn, metricsShown, orderedKinds, sectionsOf, tablesOf } from "./arranged.ts"
import type { Figure } from "./figure.ts"
import { integer } from "./format.ts"
import { headlinesOf, messageOf } from "./message.ts"
import { originsOf } from "./provenance.ts"
import type { Headline, Origin, ReportedKind, ReportOptions, SectionHeading } from "./reported-kind.ts"
import { type Documents, isCountsInput, type Subject, subjectsOf } from "./subject.ts"
import type { Table } from "./table.ts"

export interface Section extends Omit<SectionHeading, "order"> {
  readonly figures: ReadonlyArray<Figure>
  readonly tables: ReadonlyArray<Table & { readonly open: boolean }>
}

export interface Chapter {
  readonly subject: Subject
  readonly message: string
  readonly facts: ReadonlyArray<string>
  readonly headlines: ReadonlyArray<Headline>
  /** Only those with a figure or a table. */
  readonly sections: ReadonlyArray<Section>
  readonly warnings: ReadonlyArray<string>
  readonly notMeasured: ReadonlyArray<NotMeasured>
  readonly origins: ReadonlyArray<Origin>
  /** Definitions of the metrics that appear. */
  readonly metrics: ReadonlyArray<Metric>
}

/** What the trace holds, in a few words each. */
const countsFacts = (input: CountsInput): ReadonlyArray<string> => [
  `${integer(input.workloads)} ${input.workloads === 1 ? "workload" : "workloads"}`,
  `${integer(input.selections)} selections`,
  `${input.layers.length} MoE ${input.layers.length === 1 ? "layer" : "layers"}`,
  `${integer(input.experts)} experts${input.topK === null ? "" : `, ${input.topK} a token`}`,
  `${input.origin} counts`
]

const traceFacts = (input: Input): ReadonlyArray<string> => [
  `${integer(input.requests)} ${input.requests === 1 ? "request" : "requests"}`,
  `${integer(input.prefillTokens)} prefill and ${integer(input.decodeTokens)} decode tokens`,
  `${input.layers.length} MoE ${input.layers.length === 1 ? "layer" : "layers"}`,
  `${integer(input.experts)} experts, ${input.topK} a token`,
  `${input.origin} trace`
]

const factsOf = ({ input, about }: Subject): ReadonlyArray<string> =>
  input === undefined ? (about?.facts ?? []) : isCountsInput(input) ? countsFacts(input) : traceFacts(input)

/** What is wrong or odd with the trace itself, before what is with what was made of it. */
const inputWarnings = ({ input }: Subject): ReadonlyArray<string> =>
  input === undefined || isCountsInput(input) ? [] : (input.warnings ?? []).map((text) => `Trace: ${text}`)

/** Longer tables are shown on demand. */
const maxOpen = 36

const filledSections = (evidence: Evidence, kinds: ReadonlyArray<ReportedKind>): ReadonlyArray<Section> => {
  const figures = drawFigures(evidence, kinds)
  const filled = tablesOf(kinds).flatMap(({ section, place, fill }) => {
    if (place === "csv") return []
    const made = fill(evidence)
    return made === undefined ? [] : [{ ...made, section, open: place === "open" && made.rows.length <= maxOpen }]
  })
  return sectionsOf(kinds)
    .map(({ id, title, lead }) => ({
      id,
      title,
      lead,
      figures: figures.filter((f) => f.section === id),
      tables: filled.filter((t) => t.section === id)
    }))
    .filter((section) => section.figures.length + section.tables.length > 0)
}

/** One chapter for each trace, or whatever else, that the documents speak of. */
export const chaptersOf = (documents: Documents, options: ReportOptions): ReadonlyArray<Chapter> => {
  const { kinds } = options
  return subjectsOf(documents, kinds).map((subject) => {
    const { evidence, title } = subject
    return {
      subject,
      message: messageOf(evidence, title, options),
      facts: factsOf(subject),
      headlines: headlinesOf(evidence, options),
      sections: filledSections(evidence, kinds),
      warnings: [...inputWarnings(subject), ...orderedKinds(kinds).flatMap((kind) => kind.warnings?.(evidence) ?? [])],
      notMeasured: inTurn(kinds, ({ notMeasured }) => notMeasured && [notMeasured]).flatMap((of) => of(evidence)),
      origins: originsOf(subject, options),
      metrics: metricsShown(evidence, kinds)
    }
  })
}

/** A figure's file name without ending: its id, after the trace's slug where there are several. */
export const figureName = (subject: Subject, figure: Figure, several: boolean): string =>
  several ? `${subject.slug}-${figure.id}` : figure.id

/** How many there are, for titles. */
export const subjectCount = (chapters: ReadonlyArray<Chapter>): string =>
  `${chapters.length} ${chapters.every(({ subject }) => subject.input !== undefined) ? "traces" : "subjects"}`
