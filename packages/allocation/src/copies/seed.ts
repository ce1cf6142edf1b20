/** Copies that are made before the first decode step, from what the prompts chose. */
import type { ResidencySetup } from "../residency.ts"
import type { Copies, Worth } from "./copies.ts"

/** A unit whose expected work is this much above the mean is as unwelcome as one a hop farther away. */
const workPerHop = 0.25

/**
 * Copies of one layer: the expert whose holders have most to do each gets one more, on a unit that has room and no copy
 * yet, is near to a holder and has little to do; until nobody has room or prompts name nobody else. Returns how many copies
 * unit `target` got from unit `source`, each from its nearest holder then, at `source * units + target`.
 */
export const seedCopies = (
  { fabric, experts, homes, spareCopies }: ResidencySetup,
  copies: Copies,
  worth: Worth,
  maxPerUnit: number
): Uint32Array => {
  const { units, hops } = fabric
  const moved = new Uint32Array(units * units)
  const load = new Float64Array(units)
  const free = new Uint32Array(units)
  const holders = new Uint32Array(experts)
  const seedLayer = (layerIndex: number): void => {
    const { start, unit } = homes[layerIndex]!
    load.fill(0)
    let all = 0
    for (let e = 0; e < experts; e++) {
      const wanted = worth(layerIndex, e, 0)
      holders[e] = start[e + 1]! - start[e]!
      all += wanted
      for (let i = start[e]!; i < start[e + 1]!; i++) load[unit[i]!]! += wanted / holders[e]!
    }
    for (let u = 0; u < units; u++) free[u] = Math.min(spareCopies[u]!, maxPerUnit)
    const busiest = (): number => {
      let best = -1
      let most = 0
      for (let e = 0; e < experts; e++) {
        const each = holders[e] === 0 ? 0 : worth(layerIndex, e, 0) / holders[e]!
        if (each > most) {
          most = each
          best = e
        }
      }
      return best
    }
    const nearest = (e: number, u: number): number => {
      let source = -1
      for (let h = 0; h < units; h++) {
        if (!copies.holds(layerIndex, e, h)) continue
        if (source < 0 || hops[h * units + u]! < hops[source * units + u]!) source = h
      }
      return source
    }
    for (let e = busiest(); e >= 0; e = busiest()) {
      let to = -1
      let least = Infinity
      let from = -1
      for (let u = 0; u < units; u++) {
        if (free[u] === 0 || copies.holds(layerIndex, e, u)) continue
        const source = nearest(e, u)
        const cost = hops[source * units + u]! * workPerHop + (load[u]! * units) / all
        if (cost < least) {
          least = cost
          to = u
          from = source
        }
      }
      const each = worth(layerIndex, e, 0)
      if (to < 0) {
        // Everybody with room has it.
        holders[e] = 0
        continue
      }
      for (let u = 0; u < units; u++)
        if (copies.holds(layerIndex, e, u)) load[u]! -= each / holders[e]! - each / (holders[e]! + 1)
      copies.keep(layerIndex, e, to, worth)
      holders[e]!++
      load[to]! += each / holders[e]!
      free[to]!--
      moved[from * units + to]!++
    }
  }
  for (let l = 0; l < homes.length; l++) seedLayer(l)
  return moved
}
