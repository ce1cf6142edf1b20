/** What a layer step spends its time on: whole picoseconds, part by part, which add up to its time. */
import type { Demand, Fabric, LayerWork } from "@moira/hardware"

/** Parts of a layer step's time, in the order in which they are told apart. */
export const boundParts = ["arithmetic", "reading", "imbalance", "link", "exchange", "decision", "latency"] as const
export type BoundPart = (typeof boundParts)[number]

/** Sums over layer steps. */
export interface Binds {
  /** Picoseconds of each part. */
  readonly ps: Record<BoundPart, number>
  /** Layer steps in which each unit is the busiest, and in which each link is what units wait for. */
  readonly unitSteps: Uint32Array
  readonly linkSteps: Uint32Array
}

export const emptyBinds = (fabric: Fabric): Binds => ({
  ps: { arithmetic: 0, reading: 0, imbalance: 0, link: 0, exchange: 0, decision: 0, latency: 0 },
  unitSteps: new Uint32Array(fabric.units),
  linkSteps: new Uint32Array(fabric.linkBytesPerSec.length)
})

/** What is known of a layer step's time beside its demands. */
export interface StepTime {
  readonly timePs: number
  /** What the decision took, and whether units read and compute meanwhile. */
  readonly decisionPs: number
  readonly meanwhile: boolean
  /** How often the layer step counts; once when left out. */
  readonly weight?: number
}

/**
 * Tells the time of a layer step apart, each part what is added by:
 *
 * 1. the work itself, were it even over units: `arithmetic`, or `reading` of memories where that takes longer;
 * 2. `imbalance`: the busiest unit's arithmetic or reading, over that;
 * 3. `link`: the busiest link, where it takes longer than the busiest unit;
 * 4. `exchange`: dispatch and combine, where they are barriers;
 * 5. `decision`: what of it is not hidden behind the first read;
 * 6. `latency`: the rest, which is first reads, hops, and waiting in line.
 *
 * Hot; no allocation.
 */
export const makeBinds = (fabric: Fabric, binds: Binds) => {
  const { units, memoryBytesPerSec, linkBytesPerSec, flopsPerSec, memoryLatencyPs, llcMissPs } = fabric
  const barrier = fabric.machine.exchange !== undefined
  const { ps, unitSteps, linkSteps } = binds
  return (work: LayerWork, demand: Demand, { timePs, decisionPs, meanwhile, weight = 1 }: StepTime): void => {
    let computePs = 0
    let readPs = 0
    let flopPs = 0
    let busiestPs = 0
    let busiest = 0
    for (let u = 0; u < units; u++) {
      const compute = demand.computePs[u]!
      const read = (demand.memoryBytes[u]! * 1e12) / memoryBytesPerSec[u]!
      computePs += compute / units
      readPs += read / units
      flopPs += (demand.tokens[u]! * work.flopPerToken * 1e12) / flopsPerSec[u]! / units
      if (Math.max(compute, read) <= busiestPs) continue
      busiestPs = Math.max(compute, read)
      busiest = u
    }
    unitSteps[busiest]! += weight
    let rest = timePs
    const take = (part: BoundPart, most: number): number => {
      const taken = Math.min(rest, Math.max(0, Math.round(most)))
      ps[part] += weight * taken
      rest -= taken
      return taken
    }
    const evenPs = Math.max(computePs, readPs)
    // Fitted expert times hold reading too: then the plain shares of both say which it is.
    take(readPs > (barrier ? flopPs : computePs) ? "reading" : "arithmetic", evenPs)
    take("imbalance", busiestPs - evenPs)
    if (barrier) {
      take("exchange", demand.exchangePs)
      take("decision", decisionPs)
      take(demand.remoteReadBytes > 0 ? "link" : "latency", rest)
      return
    }
    let linkPs = 0
    let link = 0
    for (let l = 0; l < linkBytesPerSec.length; l++) {
      const carried = (demand.linkBytes[l]! * 1e12) / linkBytesPerSec[l]!
      if (carried <= linkPs) continue
      linkPs = carried
      link = l
    }
    if (take("link", linkPs - busiestPs) > 0) linkSteps[link]! += weight
    const firstPs = meanwhile
      ? (work.weightBytes * 1e12) / memoryBytesPerSec[busiest]! + memoryLatencyPs[busiest]! + llcMissPs[busiest]!
      : 0
    take("decision", decisionPs - firstPs)
    take("latency", rest)
  }
}
