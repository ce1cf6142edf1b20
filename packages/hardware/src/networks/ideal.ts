/** No contention: every fetch has its route and the holder's memory to itself. */
import type { NetworkModel } from "../network.ts"
import { routesOf } from "../routes.ts"

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
    const routes = routesOf(fabric)
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
        const source = work.source[i]!
        const memory = fabric.memoryBytesPerSec[source]!
        const rate = Math.min(memory, routes.bytesPerSec(source, u))
        const latency = fabric.llcMissPs[u]! + fabric.memoryLatencyPs[source]! + routes.latencyPs(source, u)
        fetchPs[u]! += latency + (work.weightBytes * 1e12) / rate
      }
      let ps = 0
      for (let u = 0; u < units; u++) ps = Math.max(ps, fetchPs[u]!, demand.computePs[u]!)
      const bytes = work.dispatchBytesPerToken + work.combineBytesPerToken
      for (let pair = 0; pair < units * units; pair++) {
        const copies = work.tokenCopies[pair]!
        if (copies === 0) continue
        const [from, to] = [Math.floor(pair / units), pair % units]
        if (routes.hops(from, to) === 0) continue
        const sendPs = routes.latencyPs(from, to) + (copies * bytes * 1e12) / routes.bytesPerSec(from, to)
        ps = Math.max(ps, work.decidedPs + sendPs)
      }
      return Math.ceil(ps)
    }
  }
}

export default ideal
