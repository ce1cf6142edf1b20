/** Who may compute an expert under Algorithm 1 (GenCandidateList and the sort after it). */
import { type CostModel, type Fabric, type Holders, routesOf } from "@moira/hardware"
import type { Reading } from "./reading.ts"

/** Scratch of one run: candidates of one expert in columns, in the order in which ties are broken. No allocation after it is made. */
export const makeCandidates = (fabric: Fabric, cost: CostModel, { limit: by, ties }: Reading) => {
  const { units } = fabric
  const routes = routesOf(fabric)
  const unit = new Uint16Array(units)
  const fetchPs = new Float64Array(units)
  const fetched = new Uint8Array(units)
  const known = new Uint8Array(units)
  const held = new Uint8Array(units)
  const higherFirst = ties === "higher id"
  let count = 0

  /** Whether unit `a` comes before unit `b`: by load, then holders, then by id. */
  const before = (a: number, b: number, load: Float64Array): boolean => {
    if (load[a]! !== load[b]!) return load[a]! < load[b]!
    if (held[a] !== held[b]) return held[a] === 1
    return higherFirst ? a > b : a < b
  }

  /** Inserts a unit by load, behind the first `from` ones. */
  const add = (u: number, source: number, load: Float64Array, from: number): void => {
    if (known[u] === 1) return
    let at = count
    while (at > from && before(u, unit[at - 1]!, load)) at--
    unit.copyWithin(at + 1, at, count)
    fetchPs.copyWithin(at + 1, at, count)
    unit[at] = u
    fetchPs[at] = cost.fetchPs(source, u)
    known[u] = 1
    count++
  }
  const cut = (limit: number): void => {
    let kept = 0
    for (let c = 0; c < count; c++) {
      if (c >= limit && (by === "arithmetic" || held[unit[c]!] === 0)) continue
      unit[kept] = unit[c]!
      fetchPs[kept++] = fetchPs[c]!
    }
    count = kept
    fetched.fill(0, 0, count)
  }

  return {
    unit,
    fetchPs,
    fetched,
    count: () => count,
    /**
     * Holders of expert `e` and units one hop from a holder, cut to `limit`: holders by load, then neighbours by load; or all
     * by load where the limit goes by `shares`, which cuts no holder.
     */
    collect: (e: number, { start, unit: holder }: Holders, load: Float64Array, limit: number): void => {
      known.fill(0)
      held.fill(0)
      count = 0
      const [first, end] = [start[e]!, start[e + 1]!]
      for (let i = first; i < end; i++) {
        held[holder[i]!] = 1
        add(holder[i]!, holder[i]!, load, 0)
      }
      const from = by === "arithmetic" ? count : 0
      for (let i = first; i < end; i++) {
        const home = holder[i]!
        const near = routes.neighbours(home)
        for (let n = 0; n < near.length; n++) add(near[n]!, home, load, from)
      }
      cut(limit)
    }
  }
}
