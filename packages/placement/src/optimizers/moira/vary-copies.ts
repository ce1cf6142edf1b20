/**
 * Numbers of copies where slots are few. Copying the hottest copy again and again makes it as cool as can be, but what lies
 * beside it counts too: where a unit has two slots, a second copy of a light expert halves what shares a unit with a hot one.
 */
import { random } from "@moira/core"
import { exp } from "@moira/core/statistics"
import { makePacking, type Packed } from "./packing.ts"

/** Each packs anew, in 1 to 4 us for 288 slots. */
const triesPerSlot = 12

/** Where slots are many, experts have many copies each, and one more or less of one matters little. */
const maxTries = 6144

/** Relative rise of the cost that one part in e of the tries accept, at first and at last; it falls geometrically. */
const temperatures = { hot: 0.01, cold: 0.003 }

/** Part of the experts at each end of the order of loads, and of the tried copies that each end gets; the rest go anywhere. */
const ends = { experts: 0.12, tries: 0.45 }

/** Fullest unit, in shares of the mean, above which numbers of copies are worth a search. */
const worthVarying = 1.005

/**
 * Betters numbers of copies, each at most `units`, by seeded annealing; their sum stays. `total` is in
 * shares of the mean unit. Packed, see {@link makePacking}, they are no worse than before.
 */
export const makeVaryCopies = (units: number, slotsPerUnit: number, experts: number) => {
  const packing = makePacking(units, slotsPerUnit)
  const order = new Uint16Array(experts)
  const best = new Uint16Array(experts)
  const packed: Packed = { fullest: 0, cost: 0 }
  const atEnd = Math.max(1, Math.ceil(experts * ends.experts))
  const tries = Math.min(maxTries, triesPerSlot * units * slotsPerUnit)
  const cooling = (temperatures.cold / temperatures.hot) ** (1 / tries)

  return (total: Float64Array, copies: Uint16Array, seed: number): void => {
    const { uniform, below } = random(seed)
    for (let e = 0; e < experts; e++) order[e] = e
    order.sort((a, b) => total[b]! - total[a]! || a - b)
    packing.set(total, copies)
    packing.pack(packed)
    let { cost, fullest } = packed
    if (fullest < worthVarying) return
    best.set(copies)
    let temperature = temperatures.hot
    const change = (e: number, by: number): void => {
      packing.change(total[e]!, copies[e]!, copies[e]! + by)
      copies[e]! += by
    }
    for (let i = 0; i < tries; i++) {
      temperature *= cooling
      // Where there are spare slots some expert has several copies.
      let less = below(experts)
      while (copies[less]! < 2) less = less + 1 === experts ? 0 : less + 1
      const where = uniform()
      const rank =
        where < ends.tries ? below(atEnd) : where < 2 * ends.tries ? experts - 1 - below(atEnd) : below(experts)
      const more = order[rank]!
      if (more === less || copies[more] === units) continue
      change(less, -1)
      change(more, 1)
      packing.pack(packed)
      if (packed.cost <= cost || uniform() < exp((1 - packed.cost / cost) / temperature)) {
        cost = packed.cost
        if (packed.fullest >= fullest) continue
        fullest = packed.fullest
        best.set(copies)
      } else {
        change(more, -1)
        change(less, 1)
      }
    }
    copies.set(best)
  }
}
