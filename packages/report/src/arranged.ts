/** What kinds bring, put in the order of a report. */
import type { Evidence, Metric } from "@moira/results"
import type { Figure, FigureMaker } from "./figure.ts"
import { metricOf } from "./metric.ts"
import type { InTurn, ReportedKind, SectionHeading } from "./reported-kind.ts"
import type { TableMaker } from "./table.ts"

type Kinds = ReadonlyArray<ReportedKind>

/** In their order; equal ones as given. */
export const orderedKinds = (kinds: Kinds): Kinds => kinds.toSorted((a, b) => a.order - b.order)

/** What all kinds say in turn. */
export const inTurn = <A>(
  kinds: Kinds,
  said: (kind: ReportedKind) => ReadonlyArray<InTurn<A>> | undefined
): ReadonlyArray<A> =>
  orderedKinds(kinds)
    .flatMap((kind) => said(kind) ?? [])
    .toSorted((a, b) => a.order - b.order)
    .map(({ of }) => of)

/** Sections of all kinds in reading order, each once. */
export const sectionsOf = (kinds: Kinds): ReadonlyArray<SectionHeading> => {
  const byId = new Map<string, SectionHeading>()
  for (const section of orderedKinds(kinds).flatMap(({ sections }) => sections)) {
    if (!byId.has(section.id)) byId.set(section.id, section)
  }
  return [...byId.values()].toSorted((a, b) => a.order - b.order)
}

/** By section, then by kind, then as the kind has them. */
const bySection = <A extends { readonly section: string }>(
  kinds: Kinds,
  pick: (kind: ReportedKind) => ReadonlyArray<A>
): ReadonlyArray<A> => {
  const places = new Map(sectionsOf(kinds).map(({ id }, place) => [id, place]))
  const place = ({ section }: A): number => places.get(section) ?? places.size
  return orderedKinds(kinds)
    .flatMap(pick)
    .toSorted((a, b) => place(a) - place(b))
}

/** Every figure, in the order of the report. */
export const figuresOf = (kinds: Kinds): ReadonlyArray<FigureMaker> => bySection(kinds, ({ figures }) => figures)

/** Every table, in the order of the report. */
export const tablesOf = (kinds: Kinds): ReadonlyArray<TableMaker> => bySection(kinds, ({ tables }) => tables)

/** Figures that documents of one subject can fill, in order. */
export const drawFigures = (evidence: Evidence, kinds: Kinds): ReadonlyArray<Figure & Pick<FigureMaker, "section">> =>
  figuresOf(kinds).flatMap(({ section, draw }) => {
    const drawn = draw(evidence)
    return drawn === undefined ? [] : [{ ...drawn, section }]
  })

/** Metrics that appear, each once, as their kinds define them. */
export const metricsShown = (evidence: Evidence, kinds: Kinds): ReadonlyArray<Metric> => {
  const known = new Map(kinds.flatMap(({ metrics }) => [...metrics]))
  const ids = new Set(orderedKinds(kinds).flatMap((kind) => kind.metricsShown?.(evidence) ?? []))
  return [...ids].map((id) => known.get(id) ?? metricOf(id))
}
