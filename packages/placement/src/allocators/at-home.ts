/** Work goes where the expert lies: expert parallelism, the study's EP. */
import type { AllocationPolicy } from "../allocator.ts"

/** All requests of an expert go to its holder; several holders share them evenly, the first ones take the rest. */
export const atHome: AllocationPolicy = {
  contract: "allocation/v1",
  id: "at-home",
  title: "Where the expert lies",
  prepare: ({ fabric, experts }) => {
    const { units } = fabric
    return (requests, { start, unit }, allocation) => {
      for (let e = 0; e < experts; e++) {
        const first = start[e]!
        const holders = start[e + 1]! - first
        const share = Math.floor(requests[e]! / holders)
        const extra = requests[e]! - share * holders
        for (let i = 0; i < holders; i++) allocation[e * units + unit[first + i]!] = share + (i < extra ? 1 : 0)
      }
    }
  }
}

export default atHome
