/** The first layout by plain looks at all experts and all units: what the fast one is compared with. */
import type { LayerShape, LayerState } from "../src/optimizers/moira/layer-state.ts"
import { makeVaryCopies } from "../src/optimizers/moira/vary-copies.ts"

/**
 * Gives each expert a copy, and each further of `slots` to the expert with the hottest copies (ties: lower id) of those
 * on fewer than `most` units: no other choice has a cooler hottest copy. Says how many slots found one.
 */
const plainFillCopies = (total: Float64Array, copies: Uint16Array, slots: number, most: number): number => {
  const experts = total.length
  copies.fill(1)
  let filled = experts
  for (; filled < slots; filled++) {
    let hottest = -1
    let weight = -1
    for (let e = 0; e < experts; e++) {
      if (copies[e]! >= most || total[e]! / copies[e]! <= weight) continue
      weight = total[e]! / copies[e]!
      hottest = e
    }
    if (hottest < 0) break
    copies[hottest]!++
  }
  return filled
}

/** Fills a cleared state. Hot, no allocation once it is made: it runs once a layer. */
export const makePlainStart = ({ experts, units, slotsPerUnit }: LayerShape) => {
  const varyCopies = makeVaryCopies(units, slotsPerUnit, experts)
  const wanted = new Uint16Array(experts)
  const order = new Uint16Array(experts)
  const used = new Uint16Array(units)

  /** With a seed, numbers of copies are varied where slots are few. */
  return (state: LayerState, seed?: number): void => {
    const { total, load, held } = state
    const filled = plainFillCopies(total, wanted, units * slotsPerUnit, units)
    if (seed !== undefined && filled > experts && slotsPerUnit > 1) varyCopies(total, wanted, seed)
    for (let e = 0; e < experts; e++) order[e] = e
    order.sort((a, b) => total[b]! / wanted[b]! - total[a]! / wanted[a]! || a - b)
    load.fill(0)
    used.fill(0)
    for (let i = 0; i < experts; i++) {
      const e = order[i]!
      for (let c = 0; c < wanted[e]!; c++) {
        let best = -1
        for (let u = 0; u < units; u++) {
          if (used[u] === slotsPerUnit || held[e * units + u]! > 0) continue
          if (best < 0 || load[u]! < load[best]!) best = u
        }
        if (best < 0) best = makeRoom(state, e)
        else state.add(best * slotsPerUnit + used[best]!, e)
        used[best]!++
        load[best]! += total[e]! / wanted[e]!
      }
    }
  }

  /**
   * Every unit with a free slot holds `e` already. So a full unit takes it, and gives the other an expert which that one lacks:
   * there is one, since it holds more experts. Says which unit lost a free slot.
   */
  function makeRoom(state: LayerState, e: number): number {
    const { slots, held } = state
    let free = 0
    while (used[free] === slotsPerUnit) free++
    for (let u = 0; u < units; u++) {
      if (held[e * units + u]! > 0) continue
      for (let s = u * slotsPerUnit; s < u * slotsPerUnit + used[u]!; s++) {
        const f = slots[s]!
        if (held[f * units + free]! > 0) continue
        state.remove(s)
        state.add(s, e)
        state.add(free * slotsPerUnit + used[free]!, f)
        return free
      }
    }
    return free
  }
}
