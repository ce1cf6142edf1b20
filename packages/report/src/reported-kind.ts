/** The seam to results: what a kind of result brings so that a report can tell it. */
import type { Evidence, NotMeasured, ResultDocument, ResultKind } from "@moira/results"
import type { FigureMaker } from "./figure.ts"
import type { TableMaker } from "./table.ts"

/** A part of a chapter. Kinds may share one: they give the same values under the same id. */
export interface SectionHeading {
  readonly id: string
  /** Among the sections of all kinds, lower first; Moira's own are hundreds, `kinds/KIND/sections.ts`. */
  readonly order: number
  readonly title: string
  readonly lead: string
}

export interface Headline {
  /** The figure itself, as short as it can be. */
  readonly value: string
  /** What it is. */
  readonly label: string
  /** Of what, against what, how sure: names the batch, the baseline, the machine that the figure is of. */
  readonly detail: string
}

/** Something that kinds say in turn, lower orders first; Moira's own are hundreds. */
export interface InTurn<A> {
  readonly order: number
  readonly of: A
}

export interface Origin {
  readonly name: string
  readonly value: string
  /** Long text that is shown on demand, such as a machine's spec. */
  readonly block?: boolean
}

/** What documents without a single input are about. */
export interface About {
  readonly title: string
  /** A few words each. */
  readonly facts: ReadonlyArray<string>
}

/** What a report reads of the documents of one subject: mostly of its own kind, of others where they add to it. */
export interface ReportedKind<D extends ResultDocument = ResultDocument> extends ResultKind<D> {
  /** Among kinds, lower first: whose figures lead a section that several share, and whose warnings come first. */
  readonly order: number
  readonly sections: ReadonlyArray<SectionHeading>
  /** In the order of the report, those of a section together. */
  readonly figures: ReadonlyArray<FigureMaker>
  readonly tables: ReadonlyArray<TableMaker>
  /** The few figures that carry a report, of all kinds in their order; it opens with the first five. */
  readonly headlines?: ReadonlyArray<InTurn<(evidence: Evidence) => ReadonlyArray<Headline>>>
  /** The title of a chapter, from its subject's; the first of all kinds that is one is taken. */
  readonly messages?: ReadonlyArray<InTurn<(evidence: Evidence, title: string) => string | undefined>>
  readonly warnings?: (evidence: Evidence) => ReadonlyArray<string>
  /** What could not be answered and why, and what nobody asked for. */
  readonly notMeasured?: InTurn<(evidence: Evidence) => ReadonlyArray<NotMeasured>>
  /** Where figures come from: seeds, shares, machines. */
  readonly origins?: InTurn<(evidence: Evidence) => ReadonlyArray<Origin>>
  /** Ids of metrics that appear and whose definitions a reader may want. */
  readonly metricsShown?: (evidence: Evidence) => ReadonlyArray<string>
  /** Of a kind whose documents have no input. */
  readonly about?: (evidence: Evidence) => About | undefined
}

/** Which kinds of result a report knows; `loadKinds` of `@moira/report/node` finds the built-in ones. */
export interface ReportOptions {
  readonly kinds: ReadonlyArray<ReportedKind>
}
