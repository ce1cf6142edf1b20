/** What an exchange of tokens must do, where a machine has one. */
import { assert } from "@effect/vitest"
import { fabricOf } from "../fabric.ts"
import type { Machine } from "../machine.ts"

/** Times of an exchange in which every unit sends `tokens` to every unit, for few tokens and for many. */
export const exchangeTimes = (machine: Machine): ReadonlyArray<number> => {
  if (machine.exchange === undefined) return []
  const fabric = fabricOf(machine)
  const { dispatchPs, combinePs, bothPs } = machine.exchange(fabric)
  return [8, 64, 4096].flatMap((tokens) => {
    const copies = new Uint32Array(fabric.units ** 2).fill(tokens)
    const traffic = { tokens: new Uint32Array(fabric.units).fill(tokens) }
    const apart = { dispatchPs: dispatchPs(copies, 7168, traffic), combinePs: combinePs(copies, 14_336, traffic) }
    const both = bothPs?.(copies, { dispatch: 7168, combine: 14_336 }, traffic) ?? apart
    assert.deepStrictEqual(both, apart, "exchange: dispatch and combine take other times together than apart")
    return [both.dispatchPs, both.combinePs]
  })
}

/** Whole picoseconds, none only for a unit by itself, and more tokens are never faster. */
export const exchanged = (machine: Machine): void => {
  const times = exchangeTimes(machine)
  const least = fabricOf(machine).units > 1 ? 1 : 0
  times.forEach((ps, i) => {
    assert.isTrue(Number.isSafeInteger(ps) && ps >= least, `exchange: ${ps} ps`)
    if (i >= 2) assert.isAtLeast(ps, times[i - 2]!, "exchange: more tokens are faster")
  })
}
