/** Routing groups at home on one server each, as far as balance allows: their tokens then cross fewer NICs. */
import { topIndices } from "@moira/core/statistics"
import type { PlacementInput } from "../../optimizer.ts"
import { groupLoads, type Laid, type LayerTimes, serverChances } from "./layer-time.ts"
import type { Search } from "./search.ts"
import { homingCost, type UnitCost } from "./unit-cost.ts"

/** What a mean unit's load costs when all of it lies away: as much as some per cent of load too many. */
const perAway = 10

/** Whether every server can be home to as many groups as each other: EPLB's condition. */
export const canHome = ({ fabric, model }: Pick<PlacementInput, "fabric" | "model">): boolean =>
  model.routing !== undefined && fabric.servers > 1 && model.routing.groups % fabric.servers === 0

/** The server of each group: the heaviest group first, to the emptiest server with a place (ties: the lower number). */
export const homesOf = (counts: ArrayLike<number>, groups: number, servers: number): Uint16Array => {
  const loads = groupLoads(counts, groups)
  const order = topIndices(loads)
  const homes = new Uint16Array(groups)
  const taken = new Uint16Array(servers)
  const load = new Float64Array(servers)
  for (const g of order) {
    let best = -1
    for (let s = 0; s < servers; s++) if (taken[s]! < groups / servers && (best < 0 || load[s]! < load[best]!)) best = s
    homes[g] = best
    taken[best]!++
    load[best]! += loads[g]!
  }
  return homes
}

/** Exchange and server chances if nothing lay away: more than any layout saves. */
export const atBest = (
  input: PlacementInput,
  laid: Laid,
  homes: Uint16Array,
  times: (laid: Laid, chances?: ArrayLike<number>) => LayerTimes
): LayerTimes => {
  const { fabric, model } = input
  const groups = homes.length
  const experts = model.experts
  // One imaginary slot an expert on the first unit of its group's home.
  const first = Array.from({ length: fabric.servers }, (_, s) => fabric.serverOf.indexOf(s))
  const slots = new Int32Array(fabric.units * experts).fill(-1)
  for (let e = 0; e < experts; e++) slots[first[homes[Math.floor((e * groups) / experts)]!]! * experts + e] = e
  return times(laid, serverChances(input, { slots, slotsPerUnit: experts, counts: laid.counts }))
}

/** Goes on from the layout in the search's state; `serverOf` is of living units. */
export const bringHome = (
  search: Search,
  balance: UnitCost,
  homes: Uint16Array,
  serverOf: ArrayLike<number>,
  seed: number
): void => {
  const { total, groupOf } = search.state
  const away = (e: number, n: number, u: number) => (homes[groupOf[e]!] === serverOf[u] ? 0 : total[e]! / n)
  search.goOn(homingCost(balance, perAway), away, seed, false)
}
