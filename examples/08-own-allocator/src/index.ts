/**
 * Key concept: an allocator says which unit computes how many tokens of an expert in one layer step.
 *
 * [1] `prepare` may allocate memory; what it returns runs once a layer step and must not.
 * [2] every token exactly once: the simulator refuses an allocator that loses or invents some, and names it.
 * [3] what the decision costs: cycles, charged on the machine's controller, since it looks at the requests.
 */
import { type AllocationPolicy } from "@moira/allocation"

/** Tokens of an expert go to its holder, but beyond twice the mean they spill over to the next unit. */
const allocator: AllocationPolicy = {
  contract: "allocation/v1",
  id: "own-allocator",
  title: "Own allocator: at home, hot experts spill over",
  decides: "before",
  // [1]
  prepare:
    ({ experts, fabric: { units } }) =>
    (expertTokens, { start, unit }, allocation) => {
      let total = 0
      for (let e = 0; e < experts; e++) total += expertTokens[e]!
      const limit = Math.ceil((2 * total) / experts)
      for (let e = 0; e < experts; e++) {
        const home = unit[start[e]!]!
        const spilled = Math.max(0, expertTokens[e]! - limit)
        allocation[e * units + home]! += expertTokens[e]! - spilled
        allocation[e * units + ((home + 1) % units)]! += spilled // [2]
      }
      return 4 * experts // [3]
    }
}

export default allocator
