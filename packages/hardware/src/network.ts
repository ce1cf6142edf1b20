/** The seam to time: when is a layer step done, given what it asks of every resource? */
import { pluginKind, Stage } from "@moira/core"
import type { Demand } from "./demand.ts"
import type { Fabric } from "./machine.ts"
import type { LayerWork } from "./work.ts"

/** Version of the network contract. */
export const networkContract = "network/v1"

/**
 * Told what happens in a layer step, in picoseconds since its start; `task` is its place in the step's work. Only event-driven
 * networks tell anything. Without a watch nothing is called, built or kept for it.
 */
export interface Watch {
  /** A task's weights: when their transfer began, and when they were there. From a cache it begins at 0. */
  readonly fetch?: (task: number, startPs: number, arrivedPs: number) => void
  /** A task's arithmetic. */
  readonly compute?: (task: number, startPs: number, endPs: number) => void
}

/** What a run may ask of a network model; one that takes none of it says so by leaving out the claim. */
export interface NetworkOptions {
  /**
   * How far from exact the time of a layer step may be on the whole, as a share of it, where that saves work; 0, exact, when left
   * out. Only asked of models that take it.
   */
  readonly tolerance?: number
}

/**
 * A model of contention. `prepare` may allocate; the function it returns is called once a layer step, gives the
 * makespan in whole picoseconds and must neither allocate nor keep its arguments.
 */
export interface NetworkModel {
  readonly contract: typeof networkContract
  readonly id: string
  /** Whether a unit computes nothing before the first weights have come whole; overlapped from the start when left out. */
  readonly waitsForWeights?: boolean
  /** Whether it works with a tolerance other than 0; it is refused where this is left out. */
  readonly takesTolerance?: boolean
  readonly prepare: (
    fabric: Fabric,
    watch?: Watch,
    options?: NetworkOptions
  ) => (work: LayerWork, demand: Demand) => number
}

/** The model with a tolerance for everyone who prepares it. */
export const withTolerance = (network: NetworkModel, tolerance: number): NetworkModel =>
  Object.create(network, {
    prepare: { value: (fabric: Fabric, watch?: Watch) => network.prepare(fabric, watch, { tolerance }) }
  }) as NetworkModel

/** How network models are found by name, package or path. */
export const networkKind = pluginKind<NetworkModel>({
  name: "network",
  title: "network model",
  contract: networkContract,
  home: "@moira/hardware/networks",
  from: import.meta.url,
  form: { id: "id", prepare: "function", "waitsForWeights?": "boolean" }
})

/** The network model that simulations use. */
export class Network extends Stage<Network>()("@moira/hardware/Network", networkKind) {}
