/** Seeded annealing over swaps of two slots, and over copies that one expert gives up for another. Hot, no allocation. */
import { random } from "@moira/core"
import { exp } from "@moira/core/statistics"
import type { LayerState } from "./layer-state.ts"

export interface Schedule {
  readonly steps: number
  readonly seed: number
  /** Rise of cost that one part in e of the tries accept, at first and at last; it falls geometrically. */
  readonly hot: number
  readonly cold: number
}

/** Steps between two looks at the temperature. */
const stretch = 64

/** Part of the steps that try another number of copies, where there are spare slots. */
const copyShare = 0.2

/** Betters `state`, all of whose slots are filled; every other step looks at the costliest unit, the rest anywhere. */
export const anneal = (state: LayerState, { steps, seed, hot, cold }: Schedule): void => {
  const { units, slotsPerUnit, experts, slots, copies, held } = state
  if (units < 2) return
  const { uniform } = random(seed)
  const share = slots.length > experts ? copyShare : 0
  const cooling = (cold / hot) ** (stretch / Math.max(stretch, steps))
  let temperature = hot
  for (let step = 0; step < steps; step++) {
    if (step % stretch === stretch - 1) temperature *= cooling
    const u = step % 2 === 0 ? state.costliest() : Math.floor(uniform() * units)
    const a = u * slotsPerUnit + Math.floor(uniform() * slotsPerUnit)
    const e = slots[a]!
    if (share > 0 && uniform() < share) {
      if (copies[e]! < 2) continue
      const f = Math.floor(uniform() * experts)
      if (held[f * units + u]! > 0) continue
      const change = state.tryPut(a, u, f)
      if (change < 0 || uniform() < exp(-change / temperature)) state.put(a, u, f)
      continue
    }
    const v = Math.floor(uniform() * units)
    if (held[e * units + v]! > 0) continue
    const b = v * slotsPerUnit + Math.floor(uniform() * slotsPerUnit)
    const f = slots[b]!
    if (held[f * units + u]! > 0) continue
    const change = state.trySwap(a, b, u, v)
    if (change < 0 || uniform() < exp(-change / temperature)) state.swap(a, b, u, v)
  }
}
