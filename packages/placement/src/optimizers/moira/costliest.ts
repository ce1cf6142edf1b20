/**
 * The unit of greatest cost while costs change one by one: a tournament, of which each change plays the rounds of one unit again. Ties
 * go to the lowest number, as a look at all units from the first on finds it. Hot, nothing is allocated once it is made.
 */

export interface Costliest {
  /** Takes all costs anew. */
  readonly restart: () => void
  /** Takes the cost of unit `u` anew. */
  readonly update: (u: number) => void
  readonly unit: () => number
}

/** Over `cost`, by unit, which others change; no cost is NaN. */
export const makeCostliest = (cost: Float64Array): Costliest => {
  let leaves = 1
  while (leaves < cost.length) leaves *= 2
  /** Node i has the children 2 i and 2 i + 1, node 1 is the root; units are leaves, beside them nobody. */
  const greatest = new Float64Array(2 * leaves).fill(-Infinity)
  const winner = new Uint16Array(2 * leaves)
  for (let u = 0; u < cost.length; u++) winner[leaves + u] = u

  return {
    restart: () => {
      greatest.set(cost, leaves)
      for (let node = leaves - 1; node > 0; node--) {
        const better = greatest[2 * node + 1]! > greatest[2 * node]! ? 2 * node + 1 : 2 * node
        greatest[node] = greatest[better]!
        winner[node] = winner[better]!
      }
    },
    update: (u) => {
      let node = leaves + u
      greatest[node] = cost[u]!
      while (node > 1) {
        node >>= 1
        const better = greatest[2 * node + 1]! > greatest[2 * node]! ? 2 * node + 1 : 2 * node
        if (greatest[node] === greatest[better] && winner[node] === winner[better]) return
        greatest[node] = greatest[better]!
        winner[node] = winner[better]!
      }
    },
    unit: () => winner[1]!
  }
}
