/** What a layer step asks of every resource, and the counters that reports show; independent of any network model. */
import type { Fabric } from "./machine.ts"
import { routesOf } from "./routes.ts"
import { taskComputePs } from "./task-time.ts"
import type { LayerWork } from "./work.ts"

/** Demands of one layer step on each resource. Bytes are exact below 2^53. */
export interface Demand {
  /** By link, both weights and activations. */
  readonly linkBytes: Float64Array
  /** By unit: reads for itself and for others, and writes of copies. */
  readonly memoryBytes: Float64Array
  /** By unit, in picoseconds of its achieved arithmetic. */
  readonly computePs: Float64Array
  readonly tokens: Float64Array
  hops: number
  byteHops: number
  localReadBytes: number
  remoteReadBytes: number
  localWriteBytes: number
  /** Weights found in last-level caches, which no memory gave. */
  cachedBytes: number
  /** Weights read only to be kept: part of remote reads. */
  copyBytes: number
  tokenHops: number
  tokenBytes: number
  /** Picoseconds of dispatch and combine, where they are barriers around the experts: set by an engine that has them. */
  exchangePs: number
}

export const makeDemand = (fabric: Fabric): Demand => ({
  linkBytes: new Float64Array(fabric.linkBytesPerSec.length),
  memoryBytes: new Float64Array(fabric.units),
  computePs: new Float64Array(fabric.units),
  tokens: new Float64Array(fabric.units),
  hops: 0,
  byteHops: 0,
  localReadBytes: 0,
  remoteReadBytes: 0,
  localWriteBytes: 0,
  cachedBytes: 0,
  copyBytes: 0,
  tokenHops: 0,
  tokenBytes: 0,
  exchangePs: 0
})

const clear = (demand: Demand): void => {
  demand.linkBytes.fill(0)
  demand.memoryBytes.fill(0)
  demand.computePs.fill(0)
  demand.tokens.fill(0)
  demand.hops = 0
  demand.byteHops = 0
  demand.localReadBytes = 0
  demand.remoteReadBytes = 0
  demand.localWriteBytes = 0
  demand.cachedBytes = 0
  demand.copyBytes = 0
  demand.tokenHops = 0
  demand.tokenBytes = 0
  demand.exchangePs = 0
}

/** Weight fetches and compute; a remote fetch sends a command to the holder and the weights back. */
const addTasks = (fabric: Fabric, work: LayerWork, demand: Demand): void => {
  const routes = routesOf(fabric)
  const { commandBytes } = fabric.machine
  for (let i = 0; i < work.count; i++) {
    const unit = work.unit[i]!
    const source = work.source[i]!
    demand.tokens[unit]! += work.tokens[i]!
    demand.computePs[unit]! += taskComputePs(fabric, work, i)
    if (work.cached[i] === 1) {
      demand.cachedBytes += work.weightBytes
      continue
    }
    demand.memoryBytes[source]! += work.weightBytes
    if (source === unit) {
      demand.localReadBytes += work.weightBytes
      continue
    }
    routes.addTo(demand.linkBytes, unit, source, commandBytes)
    const hops = routes.addTo(demand.linkBytes, source, unit, work.weightBytes)
    demand.hops += hops
    demand.byteHops += hops * work.weightBytes
    demand.remoteReadBytes += work.weightBytes
    if (work.tokens[i] === 0) demand.copyBytes += work.weightBytes
  }
}

/** Activations out to the units that compute and their results back. */
const addTokens = (fabric: Fabric, work: LayerWork, demand: Demand): void => {
  const { units } = fabric
  const routes = routesOf(fabric)
  for (let from = 0; from < units; from++) {
    const row = from * units
    for (let to = 0; to < units; to++) {
      const copies = work.tokenCopies[row + to]!
      if (copies === 0 || from === to) continue
      const out = copies * work.dispatchBytesPerToken
      const home = copies * work.combineBytesPerToken
      const hops = routes.addTo(demand.linkBytes, from, to, out) + routes.addTo(demand.linkBytes, to, from, home)
      demand.tokenHops += copies * hops
      demand.tokenBytes += out + home
    }
  }
}

/** Fills `demand` from `work`: a hot loop, no allocation. */
export const measureDemand = (fabric: Fabric, work: LayerWork, demand: Demand): void => {
  clear(demand)
  addTasks(fabric, work, demand)
  addTokens(fabric, work, demand)
  for (let u = 0; u < fabric.units; u++) {
    const written = work.localWriteBytes[u]!
    demand.memoryBytes[u]! += written
    demand.localWriteBytes += written
  }
}
