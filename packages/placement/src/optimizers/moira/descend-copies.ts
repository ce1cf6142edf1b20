/**
 * Numbers of copies where each unit has one slot and all units are alike: a unit's cost is then that of its only copy, the layer's is
 * a sum over experts, and the best copy to give up for the best one to make is found at once. Where an expert's copies cost the less
 * each the more there are, by ever smaller steps, as loads do, no other numbers cost less (Fox 1966). Hot, no allocation once made.
 */
import { makeGreatest } from "./greatest.ts"
import type { LayerState } from "./layer-state.ts"

/** Falls below this part of a cost are rounding. */
const minGain = 1e-12

export const makeDescendCopies = (experts: number) => {
  /** Fall of the cost by one more copy of an expert, and by one less; none where it has them on all units, or only one. */
  const byMore = new Float64Array(experts)
  const byLess = new Float64Array(experts)
  const more = makeGreatest(byMore)
  const less = makeGreatest(byLess)

  const change = (values: Float64Array, greatest: typeof more, e: number, to: number): void => {
    values[e] = to
    greatest.update(e)
  }

  /** Betters the layout by the costs of its last `sum`: one copy makes way for another while that lowers them. */
  return (state: LayerState): void => {
    const { units, slots, copies, holders, held } = state
    const costOf = (e: number, n: number): number => n * state.costAlone(e, n, 0)
    const look = (e: number): void => {
      const n = copies[e]!
      const now = costOf(e, n)
      byMore[e] = n < units ? now - costOf(e, n + 1) : -Infinity
      byLess[e] = n > 1 ? now - costOf(e, n - 1) : -Infinity
    }
    for (let e = 0; e < experts; e++) look(e)
    more.restart()
    less.restart()
    for (let edits = 0; edits < slots.length * experts; edits++) {
      const e = less.index()
      // No expert makes way for itself.
      const own = byMore[e]!
      change(byMore, more, e, -Infinity)
      const f = more.index()
      change(byMore, more, e, own)
      const gain = byLess[e]! + byMore[f]!
      if (!(gain > minGain * costOf(f, copies[f]!))) return
      const u = holders[e * units + copies[e]! - 1]!
      if (held[f * units + u]! > 0) return
      state.tryPut(u, u, f)
      state.put(u, u, f)
      for (const changed of [e, f]) {
        look(changed)
        more.update(changed)
        less.update(changed)
      }
    }
  }
}
