/** Swaps for the sake of something else than time, as long as the layer takes hardly longer. */
import type { Cost, Layout, LayoutSetup } from "./layout.ts"

/** How much longer than the balanced layout a layer may take, by default: 1 %. */
export const timeTolerance = 0.01

/** Rounds over all pairs of slots; searches of real layers end before. */
const maxRounds = 30

/**
 * Swaps slots of different units wherever `gain(a, b)` is above nothing and the slowest unit stays below `limit`
 * picoseconds, until a round finds no swap; `swapped` is told of each after it is made. First come, first served, in slot
 * order.
 */
export const swapWithin = (
  layout: Layout,
  { live, slotsPerUnit }: LayoutSetup,
  limit: number,
  gain: (a: number, b: number) => number,
  swapped: (a: number, b: number) => void
): void => {
  const { slots, holds } = layout
  const tried: Cost = { slowest: 0, squares: 0 }
  let found = true
  for (let round = 0; found && round < maxRounds; round++) {
    found = false
    for (let i = 0; i < live.length; i++) {
      for (let j = i + 1; j < live.length; j++) {
        const [u, v] = [live[i]!, live[j]!]
        for (let a = u * slotsPerUnit; a < (u + 1) * slotsPerUnit; a++) {
          for (let b = v * slotsPerUnit; b < (v + 1) * slotsPerUnit; b++) {
            const [x, y] = [slots[a]!, slots[b]!]
            if (x === y || (x >= 0 && holds(x, v)) || (y >= 0 && holds(y, u))) continue
            if (!(gain(a, b) > 0)) continue
            layout.trySwap(a, b, tried)
            if (tried.slowest > limit) continue
            layout.swap(a, b)
            swapped(a, b)
            found = true
          }
        }
      }
    }
  }
}

/** The least gain that counts as one: a share of what there is to win, so that rounding never swaps back and forth. */
export const minGain = (total: number): number => total * 1e-9
