/** The best layout of one layer that local search finds from several starts: slow and thorough. */
import { type Random, random } from "@moira/core"
import { dupLayer } from "../optimizers/algorithm-2/dup.ts"
import { remapLayer } from "../optimizers/algorithm-2/remap.ts"
import { globalShape, makeRebalance } from "../optimizers/eplb/rebalance.ts"
import { descend } from "./descend.ts"
import { type Cost, isBetter, type Layout, type LayoutSetup, makeLayout, rounding } from "./layout.ts"
import { packCopies, waterFill } from "./pack-copies.ts"
import { contiguousSlots } from "./setup.ts"

/**
 * Descends from every start, then again and again from the best layout with a few slots shuffled. Deterministic, and
 * never worse than its starts: contiguous, remap, dup, EPLB, packed copies, and what the caller adds.
 */
export const optimiseLayer = (setup: LayoutSetup, more: ReadonlyArray<Int32Array> = []): Int32Array => {
  const layout = makeLayout(setup)
  const best: { slots: Int32Array; cost: Cost } = {
    slots: new Int32Array(),
    cost: { slowest: Infinity, squares: Infinity }
  }
  const search = (least: number) => {
    descend(layout, setup, least)
    const cost = layout.cost()
    if (isBetter(cost, best.cost)) Object.assign(best, { slots: layout.slots.slice(), cost })
  }
  for (const start of [...starts(setup), ...more]) {
    layout.set(start)
    search(coarse)
  }
  const draws = random(1)
  for (let kick = kicks(setup); kick > 0; kick--) {
    layout.set(best.slots)
    shuffleSome(layout, setup, draws)
    search(coarse)
  }
  layout.set(best.slots)
  search(rounding)
  return best.slots
}

/** Descents that are only compared with each other skip gains that one edit hardly shows: 0.03 %. */
const coarse = 3e-4

const starts = (setup: LayoutSetup): ReadonlyArray<Int32Array> => {
  const { live, slotsPerUnit, experts, units } = setup
  const even = Math.ceil(experts / live.length)
  const moved = remapLayer(setup, even)
  return [
    moved,
    dupLayer(setup, moved),
    dupLayer(setup, contiguousSlots(setup)),
    packCopies(setup, new Uint16Array(experts).fill(1), even),
    packCopies(setup, waterFill(setup), slotsPerUnit),
    ...(live.length === units ? [eplbWithoutRepeats(setup)] : [])
  ]
}

/** EPLB's layout by the first workload, with a second copy of an expert on a unit taken out. */
const eplbWithoutRepeats = ({ units, slotsPerUnit, experts, chosen }: LayoutSetup): Int32Array => {
  const replicas = units * slotsPerUnit
  const slots = new Int32Array(replicas)
  makeRebalance(globalShape({ experts, replicas, groups: 1, nodes: 1, gpus: units }))(chosen[0]!, slots)
  return slots.map((e, s) => (slots.indexOf(e, s - (s % slotsPerUnit)) < s ? -1 : e))
}

/** More for small layers, which take no time and have awkward optima: 8 to 200. */
const kicks = ({ live, slotsPerUnit }: LayoutSetup): number =>
  Math.max(8, Math.min(200, Math.floor(4096 / (live.length * slotsPerUnit))))

/** Two to five swaps of slots, and sometimes a copy less, wherever that keeps every expert and puts none on a unit twice. */
const shuffleSome = (layout: Layout, { live, slotsPerUnit }: LayoutSetup, { below }: Random): void => {
  const { slots, copies, holds } = layout
  const slotOf = (unit: number) => unit * slotsPerUnit + below(slotsPerUnit)
  for (let swaps = 2 + below(4); swaps > 0; swaps--) {
    const [u, v] = [live[below(live.length)]!, live[below(live.length)]!]
    const [a, b] = [slotOf(u), slotOf(v)]
    const [x, y] = [slots[a]!, slots[b]!]
    if (x >= 0 && copies[x]! > 1 && below(3) === 0) layout.put(a, -1)
    else if (u !== v && !(x >= 0 && holds(x, v)) && !(y >= 0 && holds(y, u))) layout.swap(a, b)
  }
}
