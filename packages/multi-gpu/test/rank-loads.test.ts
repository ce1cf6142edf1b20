import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { makeDirectLoads, makeTwoLevelLoads } from "../src/exchange/rank-loads.ts"
import * as plain from "./plain-rank-loads.ts"

/** Servers of ranks: in blocks as clusters number them, of unlike sizes, and mixed up. */
const layouts: ReadonlyArray<ReadonlyArray<number>> = [
  [0],
  [0, 0, 0, 0],
  [0, 0, 1, 1, 2, 2],
  [0, 0, 0, 1, 2, 2, 2],
  [0, 1, 0, 1, 0, 1, 2],
  [2, 2, 0, 1, 1, 2, 0, 0]
]

it("loads of ranks have the bits of plain loops over pairs, counts and fractions, whatever is known of the traffic", () => {
  for (const [i, serverOf] of layouts.entries()) {
    const units = serverOf.length
    const servers = Math.max(...serverOf) + 1
    const ranks = { units, servers, serverOf: Uint16Array.from(serverOf) }
    const fast = { direct: makeDirectLoads(ranks), twoLevel: makeTwoLevelLoads(ranks) }
    const slow = { direct: plain.makeDirectLoads(ranks), twoLevel: plain.makeTwoLevelLoads(ranks) }
    const { uniform, below } = random(i + 1)
    for (let round = 0; round < 40; round++) {
      const whole = round % 2 === 0
      const value = () => (uniform() < 0.4 ? 0 : whole ? below(50) : 50 * uniform())
      const list = (length: number) => Float64Array.from({ length }, value)
      const copies = whole ? Uint32Array.from(list(units * units)) : list(units * units)
      const traffic = {
        ...(round % 3 === 0 ? {} : { tokens: list(units) }),
        ...(round % 5 === 0 ? {} : { serverCopies: list(units * servers) }),
        ...(round % 7 === 0 ? {} : { choices: list(units).map((n) => 4 * n) })
      }
      for (const way of ["direct", "twoLevel"] as const)
        assert.deepStrictEqual(
          fast[way](copies, traffic),
          slow[way](copies, traffic),
          `${way}, servers ${serverOf.join()}`
        )
    }
  }
})
