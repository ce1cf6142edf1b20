/** Turns a layer step's work into its time and its counters. */
import { type Demand, makeDemand, measureDemand } from "./demand.ts"
import type { Fabric } from "./machine.ts"
import type { NetworkModel, Watch } from "./network.ts"
import type { LayerWork } from "./work.ts"

/** Evaluates layer steps one after the other. `demand` holds the counters of the last step and is reused. */
export interface Engine {
  readonly demand: Demand
  /** Makespan of one layer step in whole picoseconds. */
  readonly step: (work: LayerWork) => number
}

/** Fetching weights, computing and sending tokens overlap as far as the network model lets them. */
export const sharedEngine = (fabric: Fabric, network: NetworkModel, watch?: Watch): Engine => {
  const demand = makeDemand(fabric)
  const makespan = network.prepare(fabric, watch)
  return {
    demand,
    step: (work) => {
      measureDemand(fabric, work, demand)
      return makespan(work, demand)
    }
  }
}
