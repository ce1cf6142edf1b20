/** Work goes where the expert lies: expert parallelism, the study's EP. */
import type { AllocationPolicy } from "../allocator.ts"
import { shareEvenly } from "../shares/shares.ts"

/** All requests of an expert go to its holder; several holders share them evenly, the first ones take the rest. */
const atHome: AllocationPolicy = {
  contract: "allocation/v1",
  id: "at-home",
  title: "Where the expert lies",
  stateless: true,
  prepare: ({ fabric, experts }) => {
    const { units } = fabric
    return (expertTokens, { start, unit }, allocation) => {
      for (let e = 0; e < experts; e++)
        if (expertTokens[e]! > 0)
          shareEvenly(expertTokens[e]!, unit, start[e]!, start[e + 1]!, 0, e * units, allocation)
    }
  }
}

export default atHome
