/** The seam to analyses: what one must give so that `moira analyze --with` runs it and a report tells what it found. */
import { pluginKind } from "@moira/core"
import { Predicate } from "effect"
import type { Accumulator, TraceContext } from "./accumulator.ts"

export const analysisContract = "analysis/v1"

/** What a run asks of every analysis. */
export interface AnalysisOptions {
  /** Which requests are held out: a share of them, drawn by the seed. */
  readonly split: { readonly seed: number; readonly heldOutShare: number }
  readonly seed: number
  /** Real numbers of the layers to draw; the analysis chooses some where they are left out. */
  readonly layers?: ReadonlyArray<number>
}

export interface Analysis<R = unknown, S = any> {
  readonly contract: typeof analysisContract
  /** Letters, digits, `-` and `_`; also the name of its file. */
  readonly id: string
  /**
   * The kind of result that knows its documents, `{ schema, moira, input, seed, heldOutShare, result }`; with figures and
   * tables it is a chapter of reports.
   */
  readonly kind: { readonly schema: string }
  /** Its `finish` gives the `result` of the document: plain JSON, without NaN and infinity. */
  readonly accumulator: (context: TraceContext, options: AnalysisOptions) => Accumulator<S, R>
}

/** Analyses of one's own come from packages and paths. */
export const analysisKind = pluginKind<Analysis>({
  name: "analysis",
  contract: analysisContract,
  is: (value): value is Analysis =>
    Predicate.hasProperty(value, "contract") &&
    value.contract === analysisContract &&
    Predicate.hasProperty(value, "id") &&
    typeof value.id === "string" &&
    /^[A-Za-z0-9][\w-]*$/.test(value.id) &&
    Predicate.hasProperty(value, "accumulator") &&
    typeof value.accumulator === "function" &&
    Predicate.hasProperty(value, "kind") &&
    Predicate.hasProperty(value.kind, "schema")
})
