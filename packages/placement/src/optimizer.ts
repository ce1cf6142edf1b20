/** The seam to placement optimizers: where do experts lie? */
import { type Effect } from "effect"
import type { Fabric, Placement } from "@moira/hardware"
import { type Model, pluginKind, taggedProblem, Stage } from "@moira/core"

export class PlacementError extends taggedProblem("PlacementError", ["DoesNotFit", "NeedsCounts", "Unsuitable"]) {}

/** Version of the placement contract. */
export const placementContract = "placement/v1"

/** Counts of groups of requests or recorded steps: `groups[group][layerIndex][expert]`. */
export type GroupCounts = ReadonlyArray<ReadonlyArray<ArrayLike<number>>>

export interface PlacementInput {
  readonly model: Model
  /** Real numbers of the MoE layers to place. */
  readonly layers: ReadonlyArray<number>
  readonly fabric: Fabric
  /** Bytes that one expert takes in memory. */
  readonly expertBytes: number
  /** Slots a unit beyond the even share that copies may use. */
  readonly spareSlots: number
  /** Selections of each expert by layer index, of requests that the placement is not judged on; or nothing. */
  readonly counts?: ReadonlyArray<ArrayLike<number>>
  /**
   * The same selections by group of requests or recorded steps. What differs between groups says how the next ones may differ from
   * all of these.
   */
  readonly groups?: GroupCounts
  /** Tokens that chose both `i` and `j`, by layer index, at `i * experts + j`; symmetric, 0 on the diagonal. */
  readonly coActivation?: ReadonlyArray<ArrayLike<number>>
  /**
   * Tokens that chose `i` at a layer and `j` at the next of `layers`, by index of the first of both, at
   * `i * experts + j`: one entry less than there are layers.
   */
  readonly transitions?: ReadonlyArray<ArrayLike<number>>
  /** Selections of tasks or languages that are known before serving: by layer index and expert, as `counts`. */
  readonly workloads?: ReadonlyArray<{ readonly name: string; readonly counts: ReadonlyArray<ArrayLike<number>> }>
  /** The traffic that the placement will be judged on: only oracles look at it. */
  readonly judgedOn?: ReadonlyArray<ArrayLike<number>>
  /** Tokens of one layer step: how long it takes, and so what is best, depends on it; {@link defaultBatchTokens}. */
  readonly batchTokens?: number
  /** What lies where now; contiguous when left out. */
  readonly present?: Placement
  /** Slots, over all layers, that may get another expert than they hold at present; as many as it takes when left out. */
  readonly migrationSlots?: number
  /** Units that must hold nothing. */
  readonly deadUnits?: ReadonlyArray<number>
  /** Of the optimizers that draw; 1 when left out. */
  readonly seed?: number
}

/** Tokens of a layer step where nothing else is said. */
export const defaultBatchTokens = 4096

/** What the test kit may expect beyond the base contract. A claim must hold, and one left out must fail. */
export interface PlacementClaims {
  /** No two copies of an expert lie on one unit: the second would be a slot wasted. */
  readonly distinctCopies?: boolean
  /** Spare slots are filled with copies; else they stay empty, or the optimizer fills some. */
  readonly fillsSlots?: boolean
  /** At most `migrationSlots` slots change. */
  readonly keepsBudget?: boolean
  /** Nothing lies on `deadUnits`; others refuse them. */
  readonly avoidsDeadUnits?: boolean
}

/** Layers by index, `to` exclusive. */
export interface LayerSpan {
  readonly from: number
  readonly to: number
}

/**
 * The parts of an optimizer that places each layer by itself, so that several threads can. `place` gives what `join` makes of the rows of
 * all layers, in however many spans they were made.
 */
export interface LayerwisePlacement {
  /** Fails where nothing may be placed: `rows` are asked for only of what passed. */
  readonly check: (input: PlacementInput) => Effect.Effect<void, PlacementError>
  /** Slots of each of these layers, unit by unit; -1 is an empty one. */
  readonly rows: (input: PlacementInput, span: LayerSpan) => ReadonlyArray<Int32Array>
  /** The placement out of the rows of all layers. */
  readonly join: (input: PlacementInput, rows: ReadonlyArray<Int32Array>) => Effect.Effect<Placement, PlacementError>
}

/** A way to place experts. Deterministic: the same input gives the same placement. */
export interface PlacementPolicy {
  readonly contract: typeof placementContract
  readonly id: string
  readonly title: string
  readonly claims?: PlacementClaims
  readonly place: (input: PlacementInput) => Effect.Effect<Placement, PlacementError>
  readonly layerwise?: LayerwisePlacement
}

/** How optimizers are found by name, package or path. */
export const optimizerKind = pluginKind<PlacementPolicy>({
  name: "optimizer",
  title: "placement optimizer",
  contract: placementContract,
  home: "@moira/placement/optimizers",
  from: import.meta.url,
  form: { id: "id", title: "text", place: "function", "claims?": "object" }
})

/** The optimizer that a pipeline uses. */
export class PlacementOptimizer extends Stage<PlacementOptimizer>()(
  "@moira/placement/PlacementOptimizer",
  optimizerKind
) {}
