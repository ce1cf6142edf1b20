/** Copies of busy experts, made while decode steps run, in what these leave unused of memories and links. */
import { type LayerWork, pushCopy, routesOf } from "@moira/hardware"
import type { ResidencySetup } from "../residency.ts"
import type { Copies, Worth } from "./copies.ts"
import { makeSpareTime } from "./spare-time.ts"

/** A unit whose expected work is this much above the mean is as unwelcome as one a hop farther away. */
const workPerHop = 0.25

/** Adds copies to a layer step; called once the step's own reads are kept. */
export type SeedStep = (layerIndex: number, work: LayerWork) => void

/**
 * The expert whose holders have most to do each gets one more copy, on a unit that has room and none yet, is near to a holder
 * and has little to do; as long as copies fit into the step, and until every unit has as many as it may. Hot; no allocation.
 */
export const makeSeeds = (setup: ResidencySetup, copies: Copies, worth: Worth, maxPerUnit: number): SeedStep => {
  const { fabric, experts, spareCopies } = setup
  const { units } = fabric
  const { hops } = routesOf(fabric)
  const spare = makeSpareTime(setup)
  const load = new Float64Array(units)
  const free = new Uint32Array(units)
  const holders = new Uint32Array(experts)

  /** Expected work of units and of experts' holders; returns all work. */
  const expect = (layerIndex: number): number => {
    const { start, unit } = copies.holders(layerIndex)
    load.fill(0)
    let all = 0
    for (let e = 0; e < experts; e++) {
      const wanted = worth(layerIndex, e, 0)
      holders[e] = start[e + 1]! - start[e]!
      all += wanted
      for (let i = start[e]!; i < start[e + 1]!; i++) load[unit[i]!]! += wanted / holders[e]!
    }
    return all
  }

  const busiest = (layerIndex: number): number => {
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

  const nearest = (layerIndex: number, e: number, u: number): number => {
    let source = -1
    for (let h = 0; h < units; h++) {
      if (!copies.holds(layerIndex, e, h) || spare.arrives(e, h)) continue
      if (source < 0 || hops(h, u) < hops(source, u)) source = h
    }
    return source
  }

  return (layerIndex, work) => {
    spare.look(work)
    let open = 0
    for (let u = 0; u < units; u++) {
      const room = Math.min(spareCopies[u]!, maxPerUnit) - copies.kept(layerIndex, u)
      free[u] = room > 0 && spare.takes(u) ? room : 0
      if (free[u]! > 0) open++
    }
    if (open === 0) return
    const all = expect(layerIndex)
    for (let e = busiest(layerIndex); e >= 0; e = busiest(layerIndex)) {
      let to = -1
      let least = Infinity
      let from = -1
      for (let u = 0; u < units; u++) {
        if (free[u] === 0 || copies.holds(layerIndex, e, u) || spare.busy(e, u)) continue
        const source = nearest(layerIndex, e, u)
        const cost = hops(source, u) * workPerHop + (load[u]! * units) / all
        if (cost >= least || !spare.fits(source, u)) continue
        least = cost
        to = u
        from = source
      }
      const each = worth(layerIndex, e, 0)
      if (to < 0) {
        // Nowhere can it be copied to in this step.
        holders[e] = 0
        continue
      }
      for (let u = 0; u < units; u++)
        if (copies.holds(layerIndex, e, u)) load[u]! -= each / holders[e]! - each / (holders[e]! + 1)
      pushCopy(work, e, to, from)
      spare.book(e, from, to)
      copies.keep(layerIndex, e, to, worth)
      holders[e]!++
      load[to]! += each / holders[e]!
      if (--free[to]! === 0 || !spare.takes(to)) {
        free[to] = 0
        open--
      }
      if (open === 0) return
    }
  }
}
