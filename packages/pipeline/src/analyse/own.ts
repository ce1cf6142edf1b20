/** Analyses of other makers, run beside Moira's own in the same pass. */
import { calling, version } from "@moira/core"
import type { Input, ResultDocument } from "@moira/results"
import type { Accumulator, Analysis, AnalysisOptions, TraceContext } from "@moira/trace"

/** What an analysis of one's own writes. */
export interface OwnDocument extends ResultDocument {
  readonly input: Input
  readonly seed: number
  readonly heldOutShare: number
  readonly result: unknown
}

/** The accumulator of an analysis; what it throws is a fault that names it. */
const accumulatorOf = (
  plugin: Analysis,
  context: TraceContext,
  options: AnalysisOptions
): Accumulator<unknown, unknown> => {
  const called = { kind: "analysis", plugin, kit: "accumulatorConformance of @moira/trace/testing" }
  const made: Accumulator<unknown, unknown> = calling(called, "", () => plugin.accumulator(context, options))
  return {
    id: plugin.id,
    empty: () => calling(called, "", () => made.empty()),
    add: (state, chunk) => calling(called, `layer ${chunk.current.layer}`, () => made.add(state, chunk)),
    merge: (into, from) => calling(called, "", () => made.merge(into, from)),
    finish: (state) => calling(called, "", () => made.finish(state))
  }
}

/** Accumulators by the place of their analysis, which names of one's own cannot collide with. */
export const ownAccumulators = (
  analyses: ReadonlyArray<Analysis>,
  context: TraceContext,
  options: AnalysisOptions
): Readonly<Record<string, Accumulator<unknown, unknown>>> =>
  Object.fromEntries(analyses.map((analysis, i) => [`own ${i}`, accumulatorOf(analysis, context, options)]))

/** The documents of finished analyses, in their order. */
export const ownDocuments = (
  analyses: ReadonlyArray<Analysis>,
  results: Readonly<Record<string, unknown>>,
  input: Input,
  { seed, split: { heldOutShare } }: AnalysisOptions
): ReadonlyArray<OwnDocument> =>
  analyses.map(({ kind: { schema } }, i) => ({
    schema,
    moira: version,
    input,
    seed,
    heldOutShare,
    result: results[`own ${i}`]
  }))
