/** Copies share an expert's tokens evenly: what EPLB and the balance that engines print take for granted. */
import type { AllocationPolicy } from "../allocator.ts"
import { shareEvenly } from "../shares/shares.ts"

/** What does not divide goes to other holders from step to step, so that no unit is always first. */
const copiesEven: AllocationPolicy = {
  contract: "allocation/v1",
  id: "copies-even",
  title: "Even among copies",
  prepare: ({ fabric, experts }) => {
    const { units } = fabric
    let step = 0
    return (expertTokens, { start, unit }, allocation) => {
      for (let e = 0; e < experts; e++)
        if (expertTokens[e]! > 0)
          shareEvenly(expertTokens[e]!, unit, start[e]!, start[e + 1]!, e + step, e * units, allocation)
      step++
    }
  }
}

export default copiesEven
