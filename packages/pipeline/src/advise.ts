/** "Should I enable balancing?" of a store of traces or of counts. */
import { countsImbalance, imbalance, type ImbalanceOptions } from "@moira/spatial"
import { accumulate, type CountsReader, type Phase, StoreError, traceContext, TraceStore } from "@moira/trace"
import { type AdviceDocument } from "@moira/results"
import { version } from "@moira/core"
import { Effect } from "effect"
import { countsInputOf } from "./analyse/analyse-counts.ts"
import { inputOf } from "./document.ts"

export interface AdviseOptions {
  /** GPUs or dies that share the experts of each layer. */
  readonly units: number
  /** Most spare slots a unit to consider. */
  readonly maxSlots: number
  /** Whose selections make the load. */
  readonly phase: Phase
  readonly heldOutShare: number
  readonly seed: number
}

const settings = ({ units, maxSlots, phase, heldOutShare, seed }: AdviseOptions): ImbalanceOptions => ({
  units,
  maxSlots,
  phase,
  split: { seed, heldOutShare }
})

/** What balancing the provided trace's load would gain, held out. */
export const advise = Effect.fn("pipeline.advise")(function* (options: AdviseOptions) {
  const store = yield* TraceStore
  const context = yield* traceContext
  const { advice } = yield* accumulate({ advice: imbalance(context, settings(options)) })
  const document: AdviceDocument = {
    schema: "moira-advice/1",
    moira: version,
    input: inputOf(store),
    seed: options.seed,
    phase: options.phase,
    advice
  }
  return document
})

/** Workloads of the phase asked for; those that do not say theirs are only in `both`. */
export const adviseCounts = Effect.fn("pipeline.adviseCounts")(function* (
  { manifest, read }: CountsReader,
  where: string,
  options: AdviseOptions
) {
  const wanted = manifest.workloads.filter(({ phase }) => options.phase === "both" || phase === options.phase)
  if (wanted.length === 0) {
    return yield* new StoreError({
      reason: "Empty",
      where,
      what: `no workload of phase ${options.phase}`,
      hint: `its workloads are ${manifest.workloads.map(({ workload, phase }) => `${workload} (${phase})`).join(", ")}`
    })
  }
  const workloads = yield* Effect.forEach(wanted, ({ workload }) => read(workload))
  const document: AdviceDocument = {
    schema: "moira-advice/1",
    moira: version,
    input: countsInputOf(manifest),
    seed: options.seed,
    phase: options.phase,
    advice: countsImbalance(workloads, settings(options))
  }
  return document
})
