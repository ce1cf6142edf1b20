/** All tokens of an expert go to one copy, where the fewest experts run: METRO's dispatch, for steps that reading binds. */
import type { AllocationPolicy } from "../allocator.ts"

/** Cycles for each expert and each copy: `scripts/calibrate/decisions/dispatch.c` measures them. */
const cycles = { expert: 15, copy: 6 }

/**
 * Experts with fewer copies choose first (ties: lower id): on the GPU the order is a race. Each takes
 * the holder with the fewest active experts so far, of those the one with the fewest tokens, then the lower unit. After METRO
 * (arXiv 2512.09277): its exact answer takes longer than it saves, so that this greedy one is what it runs.
 */
const fewestActive: AllocationPolicy = {
  contract: "allocation/v1",
  id: "fewest-active",
  title: "Fewest active experts (METRO's)",
  stateless: true,
  decides: "before",
  prepare: ({ fabric, experts }) => {
    const { units } = fabric
    const active = new Uint32Array(units)
    const load = new Float64Array(units)
    /** Experts by number of copies: those with `c` copies end before `first[c + 1]`. */
    const order = new Uint32Array(experts)
    const first = new Uint32Array(units + 2)
    return (expertTokens, { start, unit }, allocation) => {
      active.fill(0)
      load.fill(0)
      first.fill(0)
      for (let e = 0; e < experts; e++) first[start[e + 1]! - start[e]! + 1]!++
      for (let c = 0; c <= units; c++) first[c + 1]! += first[c]!
      for (let e = 0; e < experts; e++) order[first[start[e + 1]! - start[e]!]!++] = e
      for (let i = 0; i < experts; i++) {
        const e = order[i]!
        if (expertTokens[e] === 0) continue
        let best = unit[start[e]!]!
        for (let h = start[e]! + 1; h < start[e + 1]!; h++) {
          const u = unit[h]!
          if (active[u]! < active[best]! || (active[u] === active[best] && load[u]! < load[best]!)) best = u
        }
        active[best]!++
        load[best]! += expertTokens[e]!
        allocation[e * units + best] = expertTokens[e]!
      }
      return cycles.expert * experts + cycles.copy * start[experts]!
    }
  }
}

export default fewestActive
