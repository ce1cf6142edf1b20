/** Inside a node over its switch; between nodes out over the sender's NIC and in over the receiver's. Free of deadlock. */
import { type Hierarchy, hierarchicalIds } from "../topologies/hierarchical.ts"

/** Link ids from one unit to another, ids as in {@link hierarchicalIds}; `link` finds a link by its ends. */
export const routeHierarchical = (
  hierarchy: Hierarchy,
  link: (from: number, to: number) => number
): ((from: number, to: number) => ReadonlyArray<number>) => {
  const { nodeOf, switchOf, nicOf, network } = hierarchicalIds(hierarchy)
  return (from, to) => {
    if (from === to) return []
    if (nodeOf(from) === nodeOf(to)) return [link(from, switchOf(from)), link(switchOf(to), to)]
    const [out, home] = [nicOf(from), nicOf(to)]
    return [link(from, out), link(out, network), link(network, home), link(home, to)]
  }
}
