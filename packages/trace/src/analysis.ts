/** The seam to analyses: what one must give so that `moira analyze --with` runs it and a report tells what it found. */
import { calling, moduleOf, pluginFault, pluginKind, shown, type WrongAnswer } from "@moira/core"
import { Predicate } from "effect"
import type { Accumulator, LayerChunk, TraceContext } from "./accumulator.ts"
import type { LayerSelections } from "./selections.ts"

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
    Predicate.hasProperty(value.kind, "schema") &&
    typeof value.kind.schema === "string",
  form: { "module?": "function" }
})

/** The first part of a result that is no plain JSON, or undefined; `at` leads to it. */
const jsonFault = (value: unknown, at: string, above: ReadonlyArray<unknown> = []): WrongAnswer | undefined => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined
  if (typeof value === "number")
    return Number.isFinite(value) ? undefined : { reason: "NotFinite", what: `gives ${value} for ${at}` }
  const wrong: WrongAnswer = { reason: "WrongShape", what: `gives ${shown(value)} for ${at}, which is no JSON` }
  if (typeof value !== "object" || above.includes(value)) return wrong
  if (Array.isArray(value)) return firstFault(value.entries(), at, [...above, value])
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return wrong
  // JSON leaves fields out that are undefined.
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return firstFault(fields, at, [...above, value])
}

const firstFault = (
  parts: Iterable<readonly [string | number, unknown]>,
  at: string,
  above: ReadonlyArray<unknown>
): WrongAnswer | undefined => {
  for (const [name, part] of parts) {
    const fault = jsonFault(part, `${at}.${name}`, above)
    if (fault !== undefined) return fault
  }
  return undefined
}

/** A copy of rows that an analysis may do with as it likes: other analyses read the same ones. */
const ownRows = (rows: LayerSelections): LayerSelections => ({
  ...rows,
  ids: rows.ids.slice(),
  offsets: rows.offsets.slice(),
  prefillRows: rows.prefillRows.slice()
})

const ownChunk = (chunk: LayerChunk): LayerChunk => ({
  ...chunk,
  current: ownRows(chunk.current),
  next: chunk.next === undefined ? undefined : ownRows(chunk.next)
})

const ownContext = ({ model, layers, requests }: TraceContext): TraceContext => ({
  model: structuredClone(model),
  layers: [...layers],
  requests: [...requests]
})

/**
 * The accumulator of an analysis; what it throws is a fault that names it. One that was loaded from outside gets copies of what
 * others read too, and its result must be plain JSON.
 */
export const checkedAccumulator = <R, S>(
  analysis: Analysis<R, S>,
  context: TraceContext,
  options: AnalysisOptions
): Accumulator<S, R> => {
  const called = { kind: "analysis", plugin: analysis, kit: "accumulatorConformance of @moira/trace/testing" }
  const isLoaded = moduleOf(analysis) !== undefined
  const made: Accumulator<S, R> = calling(called, "", () =>
    analysis.accumulator(isLoaded ? ownContext(context) : context, options)
  )
  return {
    id: analysis.id,
    empty: () => calling(called, "", () => made.empty()),
    add: (state, chunk) =>
      calling(called, `layer ${chunk.current.layer}`, () => made.add(state, isLoaded ? ownChunk(chunk) : chunk)),
    merge: (into, from) => calling(called, "", () => made.merge(into, from)),
    finish: (state) => {
      const result = calling(called, "", () => made.finish(state))
      const wrong = isLoaded ? jsonFault(result, "result") : undefined
      if (wrong !== undefined) throw pluginFault(called, "", wrong)
      return result
    }
  }
}
