/** Every unit gets the same amount of work, blind to where experts lie: the study's Base. */
import type { AllocationPolicy } from "../allocator.ts"

/**
 * Cuts every expert's requests into blocks and deals the blocks to units round-robin in expert order; the deal goes
 * on from layer to layer, so no unit is always first.
 */
const even: AllocationPolicy = {
  contract: "allocation/v1",
  id: "even",
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

export default even
