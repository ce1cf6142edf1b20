/** Whether a machine hangs together. */
import type { Link } from "../machine.ts"

/** Groups of nodes that links join, whatever their direction: the largest first, then the one of the lowest node. */
export const islands = (nodes: number, links: ReadonlyArray<Link>): ReadonlyArray<ReadonlyArray<number>> => {
  const next = Array.from({ length: nodes }, (): Array<number> => [])
  for (const { from, to } of links) {
    next[from]!.push(to)
    next[to]!.push(from)
  }
  const seen = new Uint8Array(nodes)
  const groups: Array<ReadonlyArray<number>> = []
  for (let node = 0; node < nodes; node++) {
    if (seen[node] === 1) continue
    seen[node] = 1
    const group = [node]
    for (const at of group) {
      for (const to of next[at]!) {
        if (seen[to] === 1) continue
        seen[to] = 1
        group.push(to)
      }
    }
    groups.push(group.toSorted((a, b) => a - b))
  }
  return groups.toSorted((a, b) => b.length - a.length)
}
