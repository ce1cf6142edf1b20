/** Nodes round one switch: every message crosses its sender's port and its receiver's port. */

/** Joined pairs of `ports` nodes, numbered from 0, and the switch, which is node `ports`. */
export const switchPairs = (ports: number): ReadonlyArray<readonly [node: number, hub: number]> =>
  Array.from({ length: ports }, (_, node) => [node, ports] as const)
