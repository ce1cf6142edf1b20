/** Which layers are shown in detail, in heatmaps and profiles: three of them say what the rest looks like. */

/** A layer that may be shown, by its position among the trace's layers. */
export interface Candidate {
  readonly layerIndex: number
  readonly degenerate: boolean
}

/** Positions of a lower, a middle and an upper layer among `count`: the middle of each third. */
const targets = (count: number): ReadonlyArray<number> => [1, 3, 5].map((n) => Math.floor((count * n) / 6))

/**
 * The candidates to show, as positions: those `asked` for, or for each third the candidate nearest to its middle that
 * is not degenerate (degenerate ones only for want of others; ties to the lower layer).
 * The best of some candidates stays the best of any part that has it, so losers may be dropped early.
 */
export const shownLayers = (
  candidates: Iterable<Candidate>,
  layers: ReadonlyArray<number>,
  asked: ReadonlyArray<number> | undefined
): ReadonlySet<number> => {
  const all = [...candidates].toSorted((a, b) => a.layerIndex - b.layerIndex)
  if (asked !== undefined) {
    return new Set(all.map((c) => c.layerIndex).filter((layerIndex) => asked.includes(layers[layerIndex]!)))
  }
  const distance = (c: Candidate, target: number) =>
    Math.abs(c.layerIndex - target) + (c.degenerate ? layers.length : 0)
  const nearest = (target: number) =>
    all.reduce<Candidate | undefined>(
      (best, c) => (best === undefined || distance(c, target) < distance(best, target) ? c : best),
      undefined
    )
  return new Set(targets(layers.length).flatMap((target) => nearest(target)?.layerIndex ?? []))
}
