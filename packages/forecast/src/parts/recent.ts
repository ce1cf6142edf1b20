/** What each unit chose in its last steps. */

export interface Recent {
  readonly forget: (unit: number) => void
  readonly push: (unit: number, ids: ArrayLike<number>, from: number, to: number) => void
  /** Selections of the step `back` steps ago (1 is the last one): the first {@link count} entries; no holes. */
  readonly ids: (unit: number, back: number) => Uint16Array
  readonly count: (unit: number, back: number) => number
}

/** Remembers `depth` steps of each unit; a buffer grows when a unit chooses more in a step than ever before. */
export const recentSteps = (units: number, depth: number, experts: number, topK: number): Recent => {
  const ids = Array.from({ length: units * depth }, () => new Uint16Array(topK))
  const counts = new Int32Array(units * depth)
  const newest = new Int32Array(units)
  const slot = (unit: number, back: number) => unit * depth + ((newest[unit]! + depth - back + 1) % depth)
  return {
    forget: (unit) => counts.fill(0, unit * depth, (unit + 1) * depth),
    push: (unit, chosen, from, to) => {
      newest[unit] = (newest[unit]! + 1) % depth
      const at = slot(unit, 1)
      if (ids[at]!.length < to - from) ids[at] = new Uint16Array(to - from)
      const buffer = ids[at]!
      let n = 0
      for (let i = from; i < to; i++) if (chosen[i]! < experts) buffer[n++] = chosen[i]!
      counts[at] = n
    },
    ids: (unit, back) => ids[slot(unit, back)]!,
    count: (unit, back) => counts[slot(unit, back)]!
  }
}
