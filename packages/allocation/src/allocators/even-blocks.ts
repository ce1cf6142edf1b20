/** Base read otherwise: blocks of requests, dealt round-robin. */
import type { AllocationPolicy } from "../allocator.ts"

/**
 * Cuts every expert's tokens into blocks and deals the blocks to units round-robin in expert order; the deal goes on from
 * layer to layer, so no unit is always first. The study has blocks of 50 in Algorithm 1 alone: under this reading what Base
 * fetches grows with batch and top-k instead of with experts, and Figure 12's order of models is lost.
 */
const evenBlocks: AllocationPolicy = {
  contract: "allocation/v1",
  id: "even-blocks",
  title: "Even blocks, blind to placement",
  prepare: ({ fabric, experts, blockTokens }) => {
    const { units } = fabric
    let next = 0
    return (expertTokens, _holders, allocation) => {
      for (let e = 0; e < experts; e++) {
        let rest = expertTokens[e]!
        while (rest > 0) {
          const block = Math.min(blockTokens, rest)
          allocation[e * units + next]! += block
          rest -= block
          next = next + 1 === units ? 0 : next + 1
        }
      }
    }
  }
}

export default evenBlocks
