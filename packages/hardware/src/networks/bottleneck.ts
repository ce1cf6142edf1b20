/** Closed form: the busiest resource decides. A lower bound of every contention model. */
import type { Demand } from "../demand.ts"
import type { NetworkModel } from "../network.ts"
import { taskComputePs } from "../task-time.ts"
import type { LayerWork } from "../work.ts"

const busiest = (demand: Float64Array, perSec: Float64Array): number => {
  let seconds = 0
  for (let i = 0; i < demand.length; i++) seconds = Math.max(seconds, demand[i]! / perSec[i]!)
  return seconds
}

/**
 * Makespan = max over links and memory channels of bytes / bandwidth, and over units of compute time. Where the step waits
 * for a decision, whatever is not early comes after it: all link traffic, all other reads and writes, all other tasks.
 */
const bottleneck: NetworkModel = {
  contract: "network/v1",
  id: "bottleneck",
  prepare: (fabric) => {
    const laterBytes = new Float64Array(fabric.units)
    const laterPs = new Float64Array(fabric.units)
    /** What is left to do when the decision comes, in picoseconds; nothing, if all is early. */
    const afterDecision = (work: LayerWork, demand: Demand): number => {
      laterBytes.set(demand.memoryBytes)
      laterPs.set(demand.computePs)
      let all = true
      for (let i = 0; i < work.count; i++) {
        if (work.firstReads[i] === 0) all = false
        else {
          const u = work.unit[i]!
          if (work.cached[i] === 0) laterBytes[u]! -= work.weightBytes
          laterPs[u]! -= taskComputePs(fabric, work, i)
        }
      }
      let ps = Math.max(
        busiest(demand.linkBytes, fabric.linkBytesPerSec) * 1e12,
        busiest(laterBytes, fabric.memoryBytesPerSec) * 1e12
      )
      for (let u = 0; u < fabric.units; u++) ps = Math.max(ps, laterPs[u]!)
      return all && ps === 0 ? 0 : work.decidedPs + ps
    }
    return (work, demand) => {
      const seconds = Math.max(
        busiest(demand.linkBytes, fabric.linkBytesPerSec),
        busiest(demand.memoryBytes, fabric.memoryBytesPerSec)
      )
      let ps = seconds * 1e12
      for (let u = 0; u < fabric.units; u++) ps = Math.max(ps, demand.computePs[u]!)
      if (work.decidedPs > 0) ps = Math.max(ps, afterDecision(work, demand))
      return Math.ceil(ps)
    }
  }
}

export default bottleneck
