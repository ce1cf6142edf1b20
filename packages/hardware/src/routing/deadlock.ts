/**
 * Whether packets can wait for each other in a circle. Routes are free of deadlock, with one virtual channel and finite
 * buffers, if and only if the graph "a packet that holds this link may ask for that one" has no cycle (Dally and Seitz,
 * Deadlock-Free Message Routing in Multiprocessor Interconnection Networks, IEEE ToC 1987; each pair has one route here).
 */
import type { Machine } from "../machine.ts"

/** For each link, those that some route crosses right after it. */
const followers = ({ nodes, links, route }: Machine): ReadonlyArray<ReadonlyArray<number>> => {
  const after = links.map(() => new Set<number>())
  const ends = nodes.filter(({ kind }) => kind !== "switch")
  for (const from of ends) {
    for (const to of ends) {
      const path = route(from.id, to.id)
      for (let i = 1; i < path.length; i++) after[path[i - 1]!]!.add(path[i]!)
    }
  }
  return after.map((set) => [...set])
}

/** Links that can wait for each other in a circle, in order; undefined where the routes are free of deadlock. */
export const dependencyCycle = (machine: Machine): ReadonlyArray<number> | undefined => {
  const after = followers(machine)
  const [unseen, open, done] = [0, 1, 2]
  const state = new Uint8Array(after.length).fill(unseen)
  const place = new Uint32Array(after.length)
  for (let root = 0; root < after.length; root++) {
    if (state[root] !== unseen) continue
    // Depth first without recursion: a route may have as many links as the machine.
    const path = [root]
    state[root] = open
    while (path.length > 0) {
      const link = path.at(-1)!
      const next = after[link]![place[link]!++]
      if (next === undefined) {
        state[link] = done
        path.pop()
      } else if (state[next] === open) return path.slice(path.indexOf(next))
      else if (state[next] === unseen) {
        state[next] = open
        path.push(next)
      }
    }
  }
  return undefined
}
