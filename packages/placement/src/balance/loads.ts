/** What each unit has to do so far in one layer step: a hot structure, reused from step to step. */
import type { AllocationSetup } from "../allocator.ts"

export interface Loads {
  /** By unit: arithmetic of the tokens given to it, in picoseconds. */
  readonly computePs: Float64Array
  /** By unit: reads of its memory, its own and others', in picoseconds. */
  readonly memoryPs: Float64Array
  /** By unit: what one token of an expert takes. */
  readonly tokenPs: Float64Array
  /** By unit: reading one expert from its own memory, which comes before all arithmetic. */
  readonly readPs: Float64Array
  readonly clear: () => void
  /** Books one more reading of `source`'s memory. */
  readonly read: (source: number) => void
}

export const makeLoads = ({ fabric, cost }: AllocationSetup): Loads => {
  const { units } = fabric
  const computePs = new Float64Array(units)
  const memoryPs = new Float64Array(units)
  const tokenPs = Float64Array.from({ length: units }, (_, u) => cost.computePs(u, 1000) / 1000)
  const readPs = Float64Array.from({ length: units }, (_, u) => cost.fetchPs(u, u))
  return {
    computePs,
    memoryPs,
    tokenPs,
    readPs,
    clear: () => {
      computePs.fill(0)
      memoryPs.fill(0)
    },
    read: (source) => {
      memoryPs[source]! += readPs[source]!
    }
  }
}
