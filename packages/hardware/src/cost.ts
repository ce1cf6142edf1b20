/** What single actions cost on a machine, for allocators that plan before the step is simulated. */
import type { Fabric } from "./machine.ts"
import { routesOf } from "./routes.ts"

/** Costs in picoseconds; fractions are kept, since these are estimates and not simulated time. */
export interface CostModel {
  /** Reading one expert's weights from `source`'s memory to `unit`, alone on the machine. */
  readonly fetchPs: (source: number, unit: number) => number
  /** Computing tokens of one expert, without a task's overhead: allocators add these up block by block, tasks pay once. */
  readonly computePs: (unit: number, tokens: number) => number
}

/** The machine's own costs: latency + bytes / narrowest bandwidth, and FLOP / achieved arithmetic. */
export const costModel = (fabric: Fabric, weightBytes: number, flopPerToken: number): CostModel => {
  const routes = routesOf(fabric)
  return {
    fetchPs: (source, unit) => {
      const rate = Math.min(fabric.memoryBytesPerSec[source]!, routes.bytesPerSec(source, unit))
      // A remote read sends its command out and gets the weights back.
      const latency = routes.latencyPs(unit, source) + routes.latencyPs(source, unit)
      return fabric.llcMissPs[unit]! + fabric.memoryLatencyPs[source]! + latency + (weightBytes * 1e12) / rate
    },
    computePs: (unit, tokens) => (tokens * flopPerToken * 1e12) / fabric.flopsPerSec[unit]!
  }
}
