/** The seam to analyses: what one must give so that `moira analyze --with` runs it and a report tells what it found. */
import { calling, pluginKind } from "@moira/core"
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
  /**
   * URL of the module whose default export this is, as `import.meta.resolve("my-package/analysis")`. Who gives it lets
   * threads run the analysis: its states are plain objects, maps, numbers and typed arrays, which a copy to another thread keeps.
   */
  readonly module?: () => string
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

/** The accumulator of an analysis; what it throws is a fault that names it. */
export const checkedAccumulator = <R, S>(
  analysis: Analysis<R, S>,
  context: TraceContext,
  options: AnalysisOptions
): Accumulator<S, R> => {
  const called = { kind: "analysis", plugin: analysis, kit: "accumulatorConformance of @moira/trace/testing" }
  const made: Accumulator<S, R> = calling(called, "", () => analysis.accumulator(context, options))
  return {
    id: analysis.id,
    empty: () => calling(called, "", () => made.empty()),
    add: (state, chunk) => calling(called, `layer ${chunk.current.layer}`, () => made.add(state, chunk)),
    merge: (into, from) => calling(called, "", () => made.merge(into, from)),
    finish: (state) => calling(called, "", () => made.finish(state))
  }
}
