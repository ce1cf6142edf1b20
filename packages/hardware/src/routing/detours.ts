/** Ways round what is broken: the planned route where it is whole, else the shortest way over the links that are left. */
import type { Link } from "../machine.ts"

/** Hops from every node to `target` over links followed forwards; -1 where none lead there. Breadth first. */
const hopsTo = (into: ReadonlyArray<ReadonlyArray<Link>>, target: number): Int32Array => {
  const hops = new Int32Array(into.length).fill(-1)
  hops[target] = 0
  const queue = [target]
  for (const at of queue) {
    for (const { from } of into[at]!) {
      if (hops[from]! >= 0) continue
      hops[from] = hops[at]! + 1
      queue.push(from)
    }
  }
  return hops
}

export interface DetourOptions {
  /**
   * Orders the links that lead on equally well, links of one rank by id. Half of the pairs take the first and half the last,
   * which spreads detours over both sides of a fault.
   */
  readonly rank?: (link: Link) => number
}

/**
 * `planned` gives link ids, -1 for a link that is broken; `links` are those that work, by id. A planned route that is
 * whole stays as it is; any other becomes a shortest one, always the same. Where there is none the planned one is given
 * back, with its -1.
 *
 * Detours turn where the planned routing does not, so they can close a cycle of links that wait for each other: routes
 * are then free of deadlock only with further virtual channels. `dependencyCycle` tells whether a machine's are.
 */
export const routeAround = (
  nodes: number,
  links: ReadonlyArray<Link>,
  planned: (from: number, to: number) => ReadonlyArray<number>,
  { rank = () => 0 }: DetourOptions = {}
): ((from: number, to: number) => ReadonlyArray<number>) => {
  const into = Array.from({ length: nodes }, (): Array<Link> => [])
  const out = Array.from({ length: nodes }, (): Array<Link> => [])
  for (const link of links) {
    into[link.to]!.push(link)
    out[link.from]!.push(link)
  }
  for (const list of out) list.sort((a, b) => rank(a) - rank(b) || a.id - b.id)
  const known = new Map<number, Int32Array>()
  return (from, to) => {
    const plan = planned(from, to)
    if (!plan.includes(-1)) return plan
    const hops = known.get(to) ?? hopsTo(into, to)
    known.set(to, hops)
    if (hops[from]! < 0) return plan
    const path: Array<number> = []
    for (let at = from; at !== to;) {
      const nearer = (link: Link) => hops[link.to] === hops[at]! - 1
      const next = ((from + to) % 2 === 0 ? out[at]!.find(nearer) : out[at]!.findLast(nearer))!
      path.push(next.id)
      at = next.to
    }
    return path
  }
}
