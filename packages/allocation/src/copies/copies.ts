/** Copies of experts in spare memory, and who holds what with them. Hot: no allocation after it is made. */
import type { Holders } from "@moira/hardware"
import type { ResidencySetup } from "../residency.ts"

export interface Copies {
  /** Holders of a layer, homes and copies, each list ascending. */
  readonly holders: (layerIndex: number) => Holders
  readonly holds: (layerIndex: number, expert: number, unit: number) => boolean
  /** Copies on a unit beside its homes, of one layer. */
  readonly kept: (layerIndex: number, unit: number) => number
  /**
   * Keeps a copy on `unit`. Where its share of the layer is full, the copy with the lowest `worth` makes way, if that is
   * below the new one's; says whether the copy was kept.
   */
  readonly keep: (layerIndex: number, expert: number, unit: number, worth: Worth) => boolean
}

/** How much an expert's copy on a unit is worth now; higher is better. */
export type Worth = (layerIndex: number, expert: number, unit: number) => number

const none = 0xffff

export const makeCopies = ({ fabric, experts, homes, spareCopies }: ResidencySetup): Copies => {
  const { units } = fabric
  const room = spareCopies.reduce((a, b) => Math.max(a, b), 0)
  const layers = homes.length
  /** Expert in slot `s` of unit `u` at layer index `l`: `slots[(l * units + u) * room + s]`. */
  const slots = new Uint16Array(layers * units * room).fill(none)
  const held = new Uint8Array(layers * experts * units)
  homes.forEach(({ start, unit }, l) => {
    for (let e = 0; e < experts; e++) {
      for (let i = start[e]!; i < start[e + 1]!; i++) held[(l * experts + e) * units + unit[i]!] = 1
    }
  })
  const tables: ReadonlyArray<Holders> = homes.map(({ unit }) => ({
    start: new Uint32Array(experts + 1),
    unit: new Uint16Array(unit.length + units * room)
  }))
  const stale = new Uint8Array(layers).fill(1)

  const write = (layerIndex: number): void => {
    const { start, unit } = tables[layerIndex]!
    let at = 0
    for (let e = 0; e < experts; e++) {
      const row = (layerIndex * experts + e) * units
      start[e] = at
      for (let u = 0; u < units; u++) if (held[row + u] === 1) unit[at++] = u
    }
    start[experts] = at
    stale[layerIndex] = 0
  }

  return {
    holders: (layerIndex) => {
      if (stale[layerIndex] === 1) write(layerIndex)
      return tables[layerIndex]!
    },
    holds: (layerIndex, expert, unit) => held[(layerIndex * experts + expert) * units + unit] === 1,
    kept: (layerIndex, unit) => {
      const first = (layerIndex * units + unit) * room
      let count = 0
      while (count < spareCopies[unit]! && slots[first + count] !== none) count++
      return count
    },
    keep: (layerIndex, expert, unit, worth) => {
      const first = (layerIndex * units + unit) * room
      let slot = -1
      let least = worth(layerIndex, expert, unit)
      for (let s = first; s < first + spareCopies[unit]!; s++) {
        const there = slots[s]!
        if (there === none) {
          slot = s
          break
        }
        const value = worth(layerIndex, there, unit)
        if (value < least) {
          least = value
          slot = s
        }
      }
      if (slot < 0) return false
      if (slots[slot] !== none) held[(layerIndex * experts + slots[slot]!) * units + unit] = 0
      slots[slot] = expert
      held[(layerIndex * experts + expert) * units + unit] = 1
      stale[layerIndex] = 1
      return true
    }
  }
}
