/**
 * Where the greatest of some numbers is while they change one by one: a tournament, of which each change plays the rounds of one number
 * again. Ties go to the lowest place, as a look at all of them from the first on finds it. Hot, nothing is allocated once it is made.
 */

export interface Greatest {
  /** Takes all numbers anew. */
  readonly restart: () => void
  /** Takes the number at `i` anew. */
  readonly update: (i: number) => void
  readonly index: () => number
}

/** Over `values`, which others change; none is NaN. */
export const makeGreatest = (values: Float64Array): Greatest => {
  let leaves = 1
  while (leaves < values.length) leaves *= 2
  /** Node n has the children 2 n and 2 n + 1, node 1 is the root; values are leaves, beside them nobody. */
  const greatest = new Float64Array(2 * leaves).fill(-Infinity)
  const winner = new Uint16Array(2 * leaves)
  for (let i = 0; i < values.length; i++) winner[leaves + i] = i

  return {
    restart: () => {
      greatest.set(values, leaves)
      for (let node = leaves - 1; node > 0; node--) {
        const better = greatest[2 * node + 1]! > greatest[2 * node]! ? 2 * node + 1 : 2 * node
        greatest[node] = greatest[better]!
        winner[node] = winner[better]!
      }
    },
    update: (i) => {
      let node = leaves + i
      greatest[node] = values[i]!
      while (node > 1) {
        node >>= 1
        const better = greatest[2 * node + 1]! > greatest[2 * node]! ? 2 * node + 1 : 2 * node
        if (greatest[node] === greatest[better] && winner[node] === winner[better]) return
        greatest[node] = greatest[better]!
        winner[node] = winner[better]!
      }
    },
    index: () => winner[1]!
  }
}
