/** What is the best for what it costs. */

export interface Point {
  /** More is better, and less. */
  readonly gain: number
  readonly cost: number
}

export interface Front {
  /** Points, by number, that no other point beats: from the cheapest to the one with the greatest gain. */
  readonly front: ReadonlyArray<number>
  /** Farthest above the line between the ends of the front, gain and cost scaled to it; undefined where none is above. */
  readonly knee: number | undefined
  /** For every other point the one of the front with the greatest gain that costs no more. */
  readonly dominated: ReadonlyArray<{ readonly point: number; readonly by: number }>
}

/** Rounding of sums is no gain. */
const flat = 1e-9

const kneeOf = (front: ReadonlyArray<number>, points: ReadonlyArray<Point>): number | undefined => {
  const first = points[front[0]!]!
  const last = points[front.at(-1)!]!
  const [gain, cost] = [last.gain - first.gain, last.cost - first.cost]
  if (!(gain > 0) || !(cost > 0)) return undefined
  const above = (i: number) => (points[i]!.gain - first.gain) / gain - (points[i]!.cost - first.cost) / cost
  const best = front.reduce((a, b) => (above(b) > above(a) ? b : a))
  return above(best) > flat ? best : undefined
}

/** Points that are equal in both are on the front together, or beaten together. */
export const paretoFront = (points: ReadonlyArray<Point>): Front => {
  const order = points
    .map((_, i) => i)
    .toSorted((a, b) => points[a]!.cost - points[b]!.cost || points[b]!.gain - points[a]!.gain || a - b)
  const front: Array<number> = []
  const dominated: Array<{ point: number; by: number }> = []
  for (const i of order) {
    const best = front.at(-1)
    const { gain, cost } = points[i]!
    const same = best !== undefined && points[best]!.gain === gain && points[best]!.cost === cost
    if (best === undefined || same || gain > points[best]!.gain) front.push(i)
    else dominated.push({ point: i, by: best })
  }
  return { front, knee: front.length === 0 ? undefined : kneeOf(front, points), dominated }
}
