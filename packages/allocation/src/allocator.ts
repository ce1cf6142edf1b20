/** The seam to allocators: where does this layer step's work go? */
import type { Controller, CostModel, Fabric, Holders } from "@moira/hardware"
import { pluginKind, Stage } from "@moira/core"

/** Version of the allocation contract. */
export const allocationContract = "allocation/v1"

/** The study hands out requests in blocks of 50 (Algorithm 1). */
export const defaultBlockTokens = 50

export interface AllocationSetup {
  readonly fabric: Fabric
  readonly experts: number
  /** The machine's own costs. */
  readonly cost: CostModel
  readonly blockTokens: number
  /** Who decides, and how fast; deciding is free where this is left out. */
  readonly controller?: Controller
}

/**
 * Allocates one layer step: `requests[e]` tokens chose expert `e`; writes how many of them unit `u` computes to
 * `allocation[e * units + u]`, which is all zero on entry. Every token must be allocated once. `homes` says who holds
 * experts for good (as `holders` says when left out), `holders` who holds them now. Returns the cycles that the decision took; nothing where the step waits for none.
 */
export type AllocateStep = (
  expertTokens: Uint32Array,
  holders: Holders,
  allocation: Uint32Array,
  homes?: Holders
) => number | void

/** By expert, ascending, or by tokens, descending (ties: by expert). */
export type TaskOrder = "expert" | "most-tokens-first"

/**
 * A way to give out work. `prepare` may allocate memory and returns the step function, which is called in time order
 * (layer by layer, decode step by decode step), may keep state between calls and is hot: it must not allocate.
 */
export interface AllocationPolicy {
  readonly contract: typeof allocationContract
  readonly id: string
  readonly title: string
  /**
   * Whether it looks at the requests, so that a layer step waits for its decision: wholly (`before`), or but for one
   * read (`meanwhile`): each unit at once reads the expert at home that most tokens chose, and begins with it.
   */
  readonly decides?: "before" | "meanwhile"
  /** In which order a unit runs its tasks: by expert when left out. */
  readonly taskOrder?: TaskOrder
  /** Whether a layer step's answer goes by nothing of the steps before, so that these may be left out of a run; claimed where it holds. */
  readonly stateless?: true
  readonly prepare: (setup: AllocationSetup) => AllocateStep
}

/** How allocators are found by name, package or path. */
export const allocatorKind = pluginKind<AllocationPolicy>({
  name: "allocator",
  contract: allocationContract,
  home: "@moira/allocation/allocators",
  from: import.meta.url,
  form: {
    id: "id",
    title: "text",
    prepare: "function",
    "decides?": ["before", "meanwhile"],
    "taskOrder?": ["expert", "most-tokens-first"]
  }
})

/** The allocator that a pipeline uses. */
export class Allocator extends Stage<Allocator>()("@moira/allocation/Allocator", allocatorKind) {}
