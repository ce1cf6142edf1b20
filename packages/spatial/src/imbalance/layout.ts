/** Which units hold each expert of one layer, and the load that makes. */

/** Expert `e` lies on `unit[start[e]]` to `unit[start[e + 1]]`; its tokens are split evenly among these copies. */
export interface Layout {
  readonly units: number
  readonly start: Uint32Array
  readonly unit: Uint16Array
}

const layoutOf = (units: number, held: ReadonlyArray<ReadonlyArray<number>>): Layout => {
  const start = new Uint32Array(held.length + 1)
  held.forEach((of, e) => (start[e + 1] = start[e]! + of.length))
  return { units, start, unit: Uint16Array.from(held.flat()) }
}

/** Expert e of E on unit floor(e x units / E): what engines do without a map. */
export const contiguousLayout = (experts: number, units: number): Layout =>
  layoutOf(
    units,
    Array.from({ length: experts }, (_, e) => [Math.floor((e * units) / experts)])
  )

/** The largest of `size` scores, ties to the lower index; -1 where every score is negative. */
const best = (size: number, score: (i: number) => number): number => {
  let [at, most] = [-1, -1]
  for (let i = 0; i < size; i++) {
    const s = score(i)
    if (s > most) [at, most] = [i, s]
  }
  return at
}

/** How many copies each expert gets: one more, `spare` times, for the expert whose copies bear most. */
const copiesOf = (load: ArrayLike<number>, units: number, spare: number): Uint32Array => {
  const copies = new Uint32Array(load.length).fill(1)
  for (let n = 0; n < spare; n++) {
    const e = best(load.length, (i) => (copies[i]! < units && load[i]! > 0 ? load[i]! / copies[i]! : -1))
    if (e < 0) break
    copies[e]!++
  }
  return copies
}

/**
 * Greedy replication and packing, as serving engines balance: `slots` more slots a unit than the even share of experts
 * (rounded up) go to copies of the experts whose copies bear most load; then copies, heaviest first, go to the least
 * loaded unit that has a free slot and does not hold the expert. 0 slots only rearrange.
 */
export const greedyLayout = (load: ArrayLike<number>, units: number, slots: number): Layout => {
  const experts = load.length
  const copies = copiesOf(load, units, slots * units)
  const items = Array.from(copies, (n, e) => Array.from({ length: n }, () => ({ e, weight: load[e]! / n })))
    .flat()
    .toSorted((a, b) => b.weight - a.weight || a.e - b.e)
  const capacity = Math.ceil(experts / units) + slots
  const [bears, full] = [new Float64Array(units), new Uint32Array(units)]
  const held = Array.from({ length: experts }, (): Array<number> => [])
  for (const { e, weight } of items) {
    let to = -1
    for (let u = 0; u < units; u++) {
      if (full[u] === capacity || held[e]!.includes(u)) continue
      if (to < 0 || bears[u]! < bears[to]!) to = u
    }
    // Only full units are left that do not hold it: the copy would be wasted, its tokens go to the others.
    if (to < 0) continue
    held[e]!.push(to)
    bears[to]! += weight
    full[to]!++
  }
  return layoutOf(units, held)
}

/** Adds the load that `counts[at + e]` put on each unit to `into[to + u]`; a hot loop. */
export const addUnitLoads = (
  { start, unit }: Layout,
  counts: ArrayLike<number>,
  at: number,
  into: Float64Array,
  to = 0
): void => {
  for (let e = 0; e + 1 < start.length; e++) {
    const count = counts[at + e]!
    if (count === 0) continue
    const [from, end] = [start[e]!, start[e + 1]!]
    const each = count / (end - from)
    for (let i = from; i < end; i++) into[to + unit[i]!]! += each
  }
}

/** The load of the most loaded unit. */
export const greatestLoad = (layout: Layout, counts: ArrayLike<number>): number => {
  const loads = new Float64Array(layout.units)
  addUnitLoads(layout, counts, 0, loads)
  return loads.reduce((most, load) => Math.max(most, load), 0)
}
