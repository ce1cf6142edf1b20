/** The last step of a search: edits that lower the fullest unit, the best one each time. Hot, nothing is allocated in its loops. */
import type { LayerState } from "./layer-state.ts"

/** Far more than layers take that were annealed before. */
const maxEdits = 200

/** An edit that was found: slots `a` and `b` change places, or slot `b` takes a copy of the expert in `a`. */
interface Found {
  kind: "none" | "swap" | "put"
  a: number
  b: number
  fullest: number
}

/** Stops where the fullest unit carries no more than `target`, or no edit lowers it. */
export const settle = (state: LayerState, target: number): void => {
  const { units, slotsPerUnit, slots, load } = state
  const found: Found = { kind: "none", a: 0, b: 0, fullest: 0 }
  for (let edits = 0; edits < maxEdits; edits++) {
    let u = 0
    for (let v = 1; v < units; v++) if (load[v]! > load[u]!) u = v
    if (load[u]! <= target) return
    found.kind = "none"
    found.fullest = load[u]! * (1 - 1e-12)
    findSwap(state, u, found)
    if (found.kind === "none") findPut(state, u, found)
    if (found.kind === "none") return
    const { a, b } = found
    const v = Math.floor(b / slotsPerUnit)
    if (found.kind === "swap") {
      state.trySwap(a, b, u, v)
      state.swap(a, b, u, v)
    } else {
      const e = slots[a]!
      state.tryPut(b, v, e)
      state.put(b, v, e)
    }
  }
}

/** The swap of a slot of `u` with a lighter one elsewhere that leaves the fuller of both units emptiest. */
const findSwap = ({ units, slotsPerUnit, slots, copies, total, held, load }: LayerState, u: number, found: Found) => {
  for (let a = u * slotsPerUnit; a < (u + 1) * slotsPerUnit; a++) {
    const e = slots[a]!
    const weight = total[e]! / copies[e]!
    for (let v = 0; v < units; v++) {
      if (held[e * units + v]! > 0) continue
      for (let b = v * slotsPerUnit; b < (v + 1) * slotsPerUnit; b++) {
        const f = slots[b]!
        const less = weight - total[f]! / copies[f]!
        if (less <= 0 || held[f * units + u]! > 0) continue
        const now = Math.max(load[u]! - less, load[v]! + less)
        if (now >= found.fullest) continue
        found.fullest = now
        found.kind = "swap"
        found.a = a
        found.b = b
      }
    }
  }
}

/** One more copy of an expert of `u` elsewhere, in place of a copy that the other units can carry. */
const findPut = (state: LayerState, u: number, found: Found): void => {
  const { units, slotsPerUnit, slots, copies, total, held, load } = state
  for (let a = u * slotsPerUnit; a < (u + 1) * slotsPerUnit; a++) {
    const e = slots[a]!
    const less = total[e]! / copies[e]! - total[e]! / (copies[e]! + 1)
    if (load[u]! - less >= found.fullest) continue
    for (let b = 0; b < slots.length; b++) {
      const v = Math.floor(b / slotsPerUnit)
      const f = slots[b]!
      if (v === u || copies[f]! < 2 || held[e * units + v]! > 0) continue
      const weight = total[f]! / copies[f]!
      const more = total[f]! / (copies[f]! - 1) - weight
      let now = 0
      for (let w = 0; w < units && now < found.fullest; w++) {
        let carried = load[w]!
        if (w === v) carried += total[e]! / (copies[e]! + 1) - weight
        else {
          if (held[f * units + w]! > 0) carried += more
          if (held[e * units + w]! > 0) carried -= less
        }
        if (carried > now) now = carried
      }
      if (now >= found.fullest) continue
      found.fullest = now
      found.kind = "put"
      found.a = a
      found.b = b
    }
  }
}
