/** The seam to placement optimizers: where do experts lie? */
import { Context, type Effect, Layer, Predicate, Schema } from "effect"
import type { Fabric } from "@moira/hardware"
import { type Model, type PluginKind, problem, problemLine } from "@moira/trace"
import type { Placement } from "./placement.ts"

export class PlacementError extends Schema.TaggedError<PlacementError>()(
  "PlacementError",
  problem(["DoesNotFit", "NeedsCounts", "Unsuitable"])
) {
  override get message() {
    return problemLine(this)
  }
}

/** Version of the placement contract. */
export const placementContract = "placement/v1"

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
}

/** A way to place experts. Deterministic: the same input gives the same placement. */
export interface PlacementPolicy {
  readonly contract: typeof placementContract
  readonly id: string
  readonly title: string
  readonly place: (input: PlacementInput) => Effect.Effect<Placement, PlacementError>
}

/** The optimizer that a pipeline uses. */
export class PlacementOptimizer extends Context.Service<PlacementOptimizer, PlacementPolicy>()(
  "@moira/placement/PlacementOptimizer"
) {}

/** Provides a placement policy; swapping the optimizer is swapping this layer. */
export const optimizerLayer = (policy: PlacementPolicy): Layer.Layer<PlacementOptimizer> =>
  Layer.succeed(PlacementOptimizer, policy)

/** How optimizers are found by name, package or path. */
export const optimizerKind: PluginKind<PlacementPolicy> = {
  kind: "placement optimizer",
  folder: new URL("./optimizers/", import.meta.url),
  is: (value): value is PlacementPolicy =>
    Predicate.hasProperty(value, "contract") && value.contract === placementContract
}
