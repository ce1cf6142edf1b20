/** A good first layout: copies where they cool the hottest copy, then the heaviest copies first to the emptiest units. */
import { makeGreatest } from "./greatest.ts"
import type { LayerShape, LayerState } from "./layer-state.ts"
import { makeVaryCopies } from "./vary-copies.ts"

/**
 * Gives each expert a copy, and each further of `slots` to the expert with the hottest copies (ties: lower id) of those
 * on fewer than `most` units: no other choice has a cooler hottest copy. Says how many slots found one.
 */
export const makeFillCopies = (experts: number) => {
  const weights = new Float64Array(experts)
  const hottest = makeGreatest(weights)
  return (total: Float64Array, copies: Uint16Array, slots: number, most: number): number => {
    copies.fill(1)
    for (let e = 0; e < experts; e++) weights[e] = most > 1 ? total[e]! : -Infinity
    hottest.restart()
    let filled = experts
    for (; filled < slots; filled++) {
      const e = hottest.index()
      if (weights[e] === -Infinity) break
      const n = copies[e]! + 1
      copies[e] = n
      weights[e] = n < most ? total[e]! / n : -Infinity
      hottest.update(e)
    }
    return filled
  }
}

/** Fills a cleared state. Hot, no allocation once it is made: it runs once a layer. */
export const makeStart = ({ experts, units, slotsPerUnit }: LayerShape) => {
  const varyCopies = makeVaryCopies(units, slotsPerUnit, experts)
  const wanted = new Uint16Array(experts)
  const fillCopies = makeFillCopies(experts)
  const order = new Uint16Array(experts)
  const used = new Uint16Array(units)
  /** Room: less a unit's load, none where it is full or holds the expert that is placed. */
  const room = new Float64Array(units)
  const roomiest = makeGreatest(room)

  /** With a seed, numbers of copies are varied where slots are few. */
  return (state: LayerState, seed?: number): void => {
    const { total, load, copies, holders } = state
    const filled = fillCopies(total, wanted, units * slotsPerUnit, units)
    if (seed !== undefined && filled > experts && slotsPerUnit > 1) varyCopies(total, wanted, seed)
    for (let e = 0; e < experts; e++) order[e] = e
    order.sort((a, b) => total[b]! / wanted[b]! - total[a]! / wanted[a]! || a - b)
    load.fill(0)
    used.fill(0)
    room.fill(0)
    roomiest.restart()
    const setRoom = (u: number, value: number): void => {
      room[u] = value
      roomiest.update(u)
    }
    for (let i = 0; i < experts; i++) {
      const e = order[i]!
      for (let c = 0; c < wanted[e]!; c++) {
        let best = roomiest.index()
        if (room[best] === -Infinity) best = makeRoom(state, e)
        else state.add(best * slotsPerUnit + used[best]!, e)
        used[best]!++
        load[best]! += total[e]! / wanted[e]!
        setRoom(best, -Infinity)
      }
      for (let h = e * units; h < e * units + copies[e]!; h++) {
        const u = holders[h]!
        if (used[u]! < slotsPerUnit) setRoom(u, -load[u]!)
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
