/** Analyses of other makers, run beside Moira's own in the same pass. */
import { PluginError, version } from "@moira/core"
import type { Input, ResultDocument } from "@moira/results"
import type { Accumulator, Analysis, AnalysisOptions, TraceContext } from "@moira/trace"
import { Cause, Effect } from "effect"

/** What an analysis of one's own writes. */
export interface OwnDocument extends ResultDocument {
  readonly input: Input
  readonly seed: number
  readonly heldOutShare: number
  readonly result: unknown
}

/** What an analysis threw, so that it is told from a fault of Moira's. */
class AnalysisFault extends Error {
  readonly id: string

  constructor(id: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.id = id
  }
}

const named =
  <A extends ReadonlyArray<unknown>, B>(id: string, run: (...args: A) => B) =>
  (...args: A): B => {
    try {
      return run(...args)
    } catch (cause) {
      throw new AnalysisFault(id, cause)
    }
  }

/** The accumulator of an analysis; what it throws says whose it is. */
const accumulatorOf = (
  { id, accumulator }: Analysis,
  context: TraceContext,
  options: AnalysisOptions
): Accumulator<unknown, unknown> => {
  const made: Accumulator<unknown, unknown> = named(id, accumulator)(context, options)
  return {
    id,
    empty: named(id, () => made.empty()),
    add: named(id, (state, chunk) => made.add(state, chunk)),
    merge: named(id, (into, from) => made.merge(into, from)),
    finish: named(id, (state) => made.finish(state))
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

/** An analysis that throws is a failure that names it, not a defect. */
export const catchFaults = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | PluginError, R> =>
  Effect.catchCause(effect, (cause): Effect.Effect<A, E | PluginError> => {
    const fault = Cause.squash(cause)
    return fault instanceof AnalysisFault
      ? Effect.fail(
          new PluginError({
            reason: "NotThisKind",
            where: fault.id,
            what: `the analysis throws: ${fault.message.split("\n")[0]}`,
            hint: "mend it, or leave it out of --with",
            cause: fault.cause
          })
        )
      : Effect.failCause(cause)
  })
