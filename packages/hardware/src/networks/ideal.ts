/** No contention: every fetch has its route and the holder's memory to itself. */
import type { NetworkModel } from "../network.ts"

/**
 * A unit fetches its experts one after the other, each at latency + bytes / (narrowest of route and memory), while
 * it computes those that have arrived; its time is the greater of both sums. Activations count as one more transfer
 * per sending unit and target. All but first reads begin with the decision. The makespan is the slowest unit's time.
 */
const ideal: NetworkModel = {
  contract: "network/v1",
  id: "ideal",
  prepare: (fabric) => {
    const { units } = fabric
    const fetchPs = new Float64Array(units)
    return (work, demand) => {
      fetchPs.fill(0)
      for (let i = 0; i < work.count; i++) {
        const u = work.unit[i]!
        if (work.firstReads[i] === 0) fetchPs[u] = Math.max(fetchPs[u]!, work.decidedPs)
        if (work.cached[i] === 1) {
          fetchPs[u]! += fabric.llcHitPs[u]!
          continue
        }
        const pair = work.source[i]! * units + u
        const memory = fabric.memoryBytesPerSec[work.source[i]!]!
        const rate = Math.min(memory, fabric.routeBytesPerSec[pair]!)
        const latency = fabric.llcMissPs[u]! + fabric.memoryLatencyPs[work.source[i]!]! + fabric.routeLatencyPs[pair]!
        fetchPs[u]! += latency + (work.weightBytes * 1e12) / rate
      }
      let ps = 0
      for (let u = 0; u < units; u++) ps = Math.max(ps, fetchPs[u]!, demand.computePs[u]!)
      const bytes = work.dispatchBytesPerToken + work.combineBytesPerToken
      for (let pair = 0; pair < units * units; pair++) {
        const copies = work.tokenCopies[pair]!
        if (copies === 0 || fabric.hops[pair] === 0) continue
        const sendPs = fabric.routeLatencyPs[pair]! + (copies * bytes * 1e12) / fabric.routeBytesPerSec[pair]!
        ps = Math.max(ps, work.decidedPs + sendPs)
      }
      return Math.ceil(ps)
    }
  }
}

export default ideal
