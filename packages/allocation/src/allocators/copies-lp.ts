/** The best split among given copies: no other has a lower fullest unit. */
import type { AllocationPolicy } from "../allocator.ts"
import { makeMinMax, minMaxCycles } from "../shares/min-max.ts"

/** Solves the linear program of a layer step, in whole tokens, as a flow: see `shares/min-max.ts`. Units count as equally fast. */
const copiesLp: AllocationPolicy = {
  contract: "allocation/v1",
  id: "copies-lp",
  title: "Best split among copies",
  stateless: true,
  decides: "before",
  prepare: ({ fabric, experts }) => {
    const minMax = makeMinMax(fabric.units, experts)
    return (expertTokens, holders, allocation) => {
      minMax.split(expertTokens, holders, allocation)
      return minMaxCycles(minMax, holders.start[experts]!, experts)
    }
  }
}

export default copiesLp
