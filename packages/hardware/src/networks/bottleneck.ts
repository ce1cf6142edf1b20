/** Closed form: the busiest resource decides. A lower bound of every contention model. */
import type { NetworkModel } from "../network.ts"

const busiest = (demand: Float64Array, perSec: Float64Array): number => {
  let seconds = 0
  for (let i = 0; i < demand.length; i++) seconds = Math.max(seconds, demand[i]! / perSec[i]!)
  return seconds
}

/** Makespan = max over links and memory channels of bytes / bandwidth, and over units of compute time. */
export const bottleneck: NetworkModel = {
  contract: "network/v1",
  id: "bottleneck",
  prepare: (fabric) => (_work, demand) => {
    const seconds = Math.max(
      busiest(demand.linkBytes, fabric.linkBytesPerSec),
      busiest(demand.memoryBytes, fabric.memoryBytesPerSec)
    )
    let ps = seconds * 1e12
    for (let u = 0; u < fabric.units; u++) ps = Math.max(ps, demand.computePs[u]!)
    return Math.ceil(ps)
  }
}

export default bottleneck
