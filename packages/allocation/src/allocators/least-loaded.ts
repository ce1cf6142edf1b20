/** Each block of tokens goes to the holder with the fewest so far: what a dispatcher does that does not know what comes. */
import type { AllocationPolicy } from "../allocator.ts"

/** Cycles for each expert and each holder looked at, as those of `fewest-active`. */
const cycles = { expert: 15, look: 6 }

/**
 * Experts take turns, a block each, as tokens of a batch arrive mixed; ties go to the lower unit. Online greedy: near the best
 * split where many experts have copies, above it where those come first that had a choice.
 */
const leastLoaded: AllocationPolicy = {
  contract: "allocation/v1",
  id: "least-loaded",
  title: "Least loaded copy",
  stateless: true,
  decides: "before",
  prepare: ({ fabric, experts, blockTokens }) => {
    const { units } = fabric
    const load = new Float64Array(units)
    const rest = new Float64Array(experts)
    const open = new Uint32Array(experts)
    return (expertTokens, { start, unit }, allocation) => {
      load.fill(0)
      let looked = 0
      let count = 0
      for (let e = 0; e < experts; e++) {
        rest[e] = expertTokens[e]!
        if (expertTokens[e]! > 0) open[count++] = e
      }
      while (count > 0) {
        let left = 0
        for (let i = 0; i < count; i++) {
          const e = open[i]!
          let best = unit[start[e]!]!
          for (let h = start[e]! + 1; h < start[e + 1]!; h++) if (load[unit[h]!]! < load[best]!) best = unit[h]!
          const block = Math.min(blockTokens, rest[e]!)
          allocation[e * units + best]! += block
          load[best]! += block
          rest[e]! -= block
          looked += start[e + 1]! - start[e]!
          if (rest[e]! > 0) open[left++] = e
        }
        count = left
      }
      return cycles.expert * experts + cycles.look * looked
    }
  }
}

export default leastLoaded
