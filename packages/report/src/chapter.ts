/** One trace's part of a report, in reading order and free of any file format. */
import type { CountsInput, Input, Metric, NotMeasured, ResultDocument } from "@moira/results"
import {
  countsOf,
  isCountsInput,
  notMeasuredOf,
  offloadOf,
  placeOf,
  runsOf,
  spatialOf,
  type Subject,
  subjectsOf,
  temporalOf,
  titleOf
} from "./evidence.ts"
import { type Figure, type SectionId, sections } from "./figure.ts"
import { drawFigures } from "./figures/index.ts"
import { integer } from "./format.ts"
import { type Headline, headlinesOf, messageOf } from "./headlines.ts"
import { metricOf } from "./metric.ts"
import { type Origin, originsOf } from "./provenance.ts"
import { settingsOf } from "./kinds/simulation/runs.ts"
import type { Table } from "./table.ts"
import { tables } from "./tables/index.ts"
import { metricIdsOf } from "./kinds/simulation/tables/runs.ts"

export interface Section {
  readonly id: SectionId
  readonly title: string
  readonly lead: string
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

const factsOf = ({ input }: Subject): ReadonlyArray<string> =>
  isCountsInput(input) ? countsFacts(input) : traceFacts(input)

/** Warnings of runs, each once, with the runs that gave it. */
const warningsOf = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<string> => {
  const said = settingsOf(runsOf(documents)).flatMap((setting) =>
    setting.runs.flatMap((run) =>
      run.warnings.map((text) => ({ text, batch: `${setting.title} at batch ${integer(run.batch)}` }))
    )
  )
  return [
    ...[...Map.groupBy(said, ({ text }) => text)].map(
      ([text, members]) => `${text} (${[...new Set(members.map((m) => m.batch))].join("; ")})`
    ),
    ...(placeOf(documents)?.warnings ?? []).map((text) => `Placement: ${text}`),
    ...(offloadOf(documents)?.warnings ?? []).map((text) => `Caches of experts: ${text}`)
  ]
}

const metricsOf = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Metric> => {
  const temporal = temporalOf(documents)
  const spatial = spatialOf(documents)
  const counts = countsOf(documents)
  const relations = temporal !== undefined && (temporal.crossLayer !== null || temporal.crossToken !== null)
  return [
    ...new Set([
      ...metricIdsOf(runsOf(documents)),
      ...(offloadOf(documents)?.runs ?? []).flatMap((run) => Object.keys(run.metrics))
    ]),
    ...(relations ? ["coverage_top20_held_out", "coverage_top20_popularity", "coverage_top20"] : []),
    ...(temporal?.prefillDecode || (counts?.phases?.length ?? 0) > 0
      ? ["spearman_rho", "overlap_top5", "overlap_top10", "overlap_top20"]
      : []),
    ...(spatial === undefined && (counts?.workloads ?? null) === null
      ? []
      : ["skew_max_over_mean", "gini", "entropy_bits"]),
    ...(spatial === undefined || spatial.distances.length === 0 ? [] : ["jensen_shannon_distance"]),
    ...(spatial?.pairs
      ? ["coactivation_over_random", "coactivation_top10_share", "block_contrast", "adjusted_rand"]
      : [])
  ].map(metricOf)
}

/** Longer tables are shown on demand. */
const mostOpen = 36

const sectionsOf = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Section> => {
  const figures = drawFigures(documents)
  const filled = tables.flatMap(({ section, place, fill }) => {
    if (place === "csv") return []
    const made = fill(documents)
    return made === undefined ? [] : [{ ...made, section, open: place === "open" && made.rows.length <= mostOpen }]
  })
  return sections
    .map(({ id, title, lead }) => ({
      id,
      title,
      lead,
      figures: figures.filter((f) => f.section === id),
      tables: filled.filter((t) => t.section === id)
    }))
    .filter((section) => section.figures.length + section.tables.length > 0)
}

/** One chapter for each trace that the documents speak of. */
export const chaptersOf = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Chapter> =>
  subjectsOf(documents).map((subject) => ({
    subject,
    message: messageOf(subject.documents, titleOf(subject.input)),
    facts: factsOf(subject),
    headlines: headlinesOf(subject.documents),
    sections: sectionsOf(subject.documents),
    warnings: warningsOf(subject.documents),
    notMeasured: notMeasuredOf(subject.documents),
    origins: originsOf(subject),
    metrics: metricsOf(subject.documents)
  }))

/** A figure's file name without ending: its id, after the trace's slug where there are several. */
export const figureName = (subject: Subject, figure: Figure, several: boolean): string =>
  several ? `${subject.slug}-${figure.id}` : figure.id
