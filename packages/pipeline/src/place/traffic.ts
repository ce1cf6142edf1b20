/** What `moira place` needs to know of traffic, whether it comes from a trace or from counts. */
import type { PlacedBy } from "@moira/hardware"
import type { GroupCounts } from "@moira/placement"
import { type CountsInput, type Input } from "@moira/results"
import { type Model, moeLayers, taggedProblem } from "@moira/core"
import type { Groups } from "@moira/core/statistics"
import type { DecodeWindow, SimulationError } from "@moira/simulator"
import { type StoreError } from "@moira/trace"
import { type Effect } from "effect"

export class PlaceError extends taggedProblem("PlaceError", [
  "BadOption",
  "UnknownModel",
  "OtherModel",
  "MissingLayer",
  "NoCounts",
  "TooFewGroups",
  "NoFile"
]) {}

/** Selections by layer index and expert, and in words whose they are. */
export interface Counted {
  readonly on: string
  readonly counts: ReadonlyArray<Float64Array>
  /** By requests or recorded steps that can be drawn again; undefined where there are none. */
  readonly groups?: GroupCounts
}

/** Counts to judge on. */
export interface HeldOut extends Counted {
  /** What is wrong or odd with the trace that judges, where it is another than the one that places. */
  readonly warnings?: ReadonlyArray<string>
  /** Decode steps of the requests that judge, in the order of the trace; only where traces judge by their decode tokens. */
  readonly window?: (size: {
    readonly requests: number
    readonly steps: number
  }) => Effect.Effect<DecodeWindow, StoreError | SimulationError>
  /** Judging requests that belong together, such as turns of a conversation; undefined of counts. */
  readonly together?: Groups
}

/** Counts of all groups together. */
export const sumOf = (groups: GroupCounts): ReadonlyArray<Float64Array> =>
  groups[0]!.map((row, l) => {
    const sums = new Float64Array(row.length)
    for (const group of groups) for (let e = 0; e < sums.length; e++) sums[e]! += group[l]![e]!
    return sums
  })

/** Selections of tokens, rows of `topK` experts; none where beyond the experts. */
export interface Tokens {
  readonly ids: Uint16Array
  readonly topK: number
}

/** See `PlacementInput`. */
export interface Pairs {
  readonly coActivation: ReadonlyArray<Uint32Array>
  readonly transitions: ReadonlyArray<Uint32Array>
}

export interface PlaceTraffic {
  readonly model: Model
  readonly layers: ReadonlyArray<number>
  readonly input: Input | CountsInput
  readonly train: Counted
  /** Never the traffic that placed; undefined where there is no other. */
  readonly heldOut?: HeldOut
  /** Selections of known tasks and languages, of the traffic that places. */
  readonly workloads: ReadonlyArray<{ readonly name: string; readonly counts: ReadonlyArray<Float64Array> }>
  /** Pair statistics of the traffic that places; only traces have them. They take a pass over the trace. */
  readonly pairs?: Effect.Effect<Pairs, StoreError>
  /** Tokens of a layer that judge (or place, where nothing judges); only traces have them. */
  readonly tokens?: (layerIndex: number) => Effect.Effect<Tokens, StoreError>
  readonly warnings: ReadonlyArray<string>
  /** Which requests of a trace place; undefined where counts do, or where every request does. */
  readonly placedBy?: PlacedBy
}

/** Layers of zero counts are placed as if the router chose evenly; worth a warning. */
export const zeroLayers = (layers: ReadonlyArray<number>, { on, counts }: Counted): ReadonlyArray<string> => {
  const zero = layers.filter((_, l) => counts[l]!.every((count) => count === 0))
  if (zero.length === 0) return []
  const shown = zero.slice(0, 8).join(", ") + (zero.length > 8 ? ` and ${zero.length - 8} more` : "")
  return [`${on}: no selection in layer ${shown}, taken as an even router`]
}

/** Warnings of a trace that only judges: what a result says of its input is of the one that places. */
export const judgeWarnings = ({ on, warnings = [] }: HeldOut): ReadonlyArray<string> =>
  warnings.map((text) => `${on}: ${text}`)

/** Rows of the model's MoE layers out of rows of `layers`; a layer that is missing is refused, dense ones are left out. */
export const moeRows = (
  where: string,
  model: Model,
  layers: ReadonlyArray<number>,
  row: (index: number) => Float64Array
): ReadonlyArray<Float64Array> | PlaceError => {
  const wanted = moeLayers(model)
  const missing = wanted.find((layer) => !layers.includes(layer))
  if (missing !== undefined)
    return new PlaceError({
      reason: "MissingLayer",
      where,
      what: `layer ${missing} of ${model.title} is missing, ${layers.length} layers are there`,
      hint: "engines place every MoE layer: record all of them, or name the right model with --model"
    })
  return wanted.map((layer) => row(layers.indexOf(layer)))
}
