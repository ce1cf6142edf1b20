/** Routes of machines too large for tables of all pairs: kept as they are asked for, since steps ask for the same ones again. */

/** Up to so many units there is room for where each pair's route lies: 16 MB, and 4 MB at a thousand units. */
const maxUnits = 2048

/** Links that are kept at most, 32 MB of them: the four of every pair of a cluster of 1,024 units, and room for others. */
const maxLinks = 2 ** 23

/** What room the first routes get; it doubles from there. */
const firstLinks = 2 ** 14

/** Adds `amount` to `sums`, which is by link, for each link of a route; says how many. */
type AddTo = (sums: Float64Array, from: number, to: number, amount: number) => number

/**
 * Adds along the routes that `route` gives, a route's links in its own order. Each is asked for once while there is room, `most`
 * links in all; the others are asked for each time, as all are beyond some thousands of units. Hot: no allocation for a route
 * that is kept.
 */
export const keptRoutes = (
  units: number,
  route: (from: number, to: number) => ReadonlyArray<number>,
  most = maxLinks
): AddTo => {
  const addAsked = (sums: Float64Array, ids: ReadonlyArray<number>, amount: number): number => {
    for (const id of ids) sums[id]! += amount
    return ids.length
  }
  if (units > maxUnits) return (sums, from, to, amount) => addAsked(sums, route(from, to), amount)
  // Made by the first question: most fabrics of this size are only built.
  let places = new Uint32Array(0)
  let links = new Uint32Array(0)
  let used = 0

  /** Keeps a route as its length and its links; its place is one more than where it begins, so that 0 is none. */
  const keep = (pair: number, ids: ReadonlyArray<number>): void => {
    const end = used + 1 + ids.length
    if (end > most) return
    if (end > links.length) {
      const larger = new Uint32Array(Math.min(most, Math.max(firstLinks, 2 * links.length, end)))
      larger.set(links)
      links = larger
    }
    places[pair] = used + 1
    links[used] = ids.length
    for (let i = 0; i < ids.length; i++) links[used + 1 + i] = ids[i]!
    used = end
  }

  return (sums, from, to, amount) => {
    if (places.length === 0) places = new Uint32Array(units * units)
    const pair = from * units + to
    const place = places[pair]!
    if (place === 0) {
      const ids = route(from, to)
      keep(pair, ids)
      return addAsked(sums, ids, amount)
    }
    const count = links[place - 1]!
    for (let i = place; i < place + count; i++) sums[links[i]!]! += amount
    return count
  }
}
