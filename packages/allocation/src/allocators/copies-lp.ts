/** The best split among given copies: no other has a lower fullest unit. */
import type { AllocationPolicy } from "../allocator.ts"
import { makeMinMax } from "../shares/min-max.ts"

/**
 * Cycles for each expert, copy, search for a path and copy looked at in one: `scripts/calibrate/decisions/dispatch.c` measures them. With
 * ten to twenty copies a unit that is 20 to 40 us, where LPLB's authors speak of about 100 us for their solver on one multiprocessor.
 */
const cycles = { expert: 8, copy: 3, search: 24, look: 11 }

/** Solves the linear program of a layer step, in whole tokens, as a flow: see `dispatch/min-max.ts`. Units count as equally fast. */
const copiesLp: AllocationPolicy = {
  contract: "allocation/v1",
  id: "copies-lp",
  title: "Best split among copies",
  decides: "before",
  prepare: ({ fabric, experts }) => {
    const minMax = makeMinMax(fabric.units, experts)
    return (expertTokens, holders, allocation) => {
      minMax.split(expertTokens, holders, allocation)
      return (
        cycles.expert * experts +
        cycles.copy * holders.start[experts]! +
        cycles.search * minMax.searches() +
        cycles.look * minMax.looks()
      )
    }
  }
}

export default copiesLp
