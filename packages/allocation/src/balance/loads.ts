/** What each unit has to do so far in one layer step: a hot structure, reused from step to step. */
import type { AllocationSetup } from "../allocator.ts"

export interface Loads {
  /** By unit: arithmetic of the tokens given to it, in picoseconds. */
  readonly computePs: Float64Array
  /** By unit: reads of its memory, its own and others', in picoseconds. */
  readonly memoryPs: Float64Array
  /** By unit: experts that others read from its memory, all at once. */
  readonly served: Uint32Array
  /** By unit: what one token of an expert takes. */
  readonly tokenPs: Float64Array
  /** By unit: reading one expert from its own memory, which comes before all arithmetic. */
  readonly readPs: Float64Array
  readonly clear: () => void
  /** When a unit's arithmetic can start: others' reads, which began as early, share its memory with its own first read. */
  readonly startPs: (unit: number) => number
  /** When a unit is done: all arithmetic after the first read, or all reads of its memory. */
  readonly donePs: (unit: number) => number
}

export const makeLoads = ({ fabric, cost }: AllocationSetup): Loads => {
  const { units } = fabric
  const computePs = new Float64Array(units)
  const memoryPs = new Float64Array(units)
  const served = new Uint32Array(units)
  const tokenPs = Float64Array.from({ length: units }, (_, u) => cost.computePs(u, 1000) / 1000)
  const readPs = Float64Array.from({ length: units }, (_, u) => cost.fetchPs(u, u))
  const startPs = (u: number): number => readPs[u]! * (1 + served[u]!)
  return {
    computePs,
    memoryPs,
    served,
    tokenPs,
    readPs,
    startPs,
    donePs: (u) => Math.max(computePs[u]! + startPs(u), memoryPs[u]!),
    clear: () => {
      computePs.fill(0)
      memoryPs.fill(0)
      served.fill(0)
    }
  }
}
