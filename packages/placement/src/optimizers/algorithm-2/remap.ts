/** Remap of the study's Algorithm 2 (case study 2): experts moved, none copied. */
import { topIndices } from "@moira/core/statistics"
import { layerTimePs, expectedUnitLoads, touchedShare } from "../../loads/unit-loads.ts"
import type { LayoutSetup } from "../../search/layout.ts"
import { contiguousSlots } from "../../search/setup.ts"

/**
 * One layer by its first workload: experts by falling roofline time, each to the least loaded unit with a free one of its
 * `maxSlots` slots (ties: the lower number). Greedy packing can lose to the order that is there, so the contiguous
 * layout stays where it is as fast.
 */
export const remapLayer = (setup: LayoutSetup, maxSlots: number): Int32Array => {
  const packed = remapGreedily(setup, maxSlots)
  const inOrder = contiguousSlots(setup)
  return layerPs(setup, packed) < layerPs(setup, inOrder) ? packed : inOrder
}

const layerPs = ({ slotsPerUnit, chosen, tokens, time }: LayoutSetup, slots: Int32Array): number =>
  layerTimePs(time, expectedUnitLoads(slots, slotsPerUnit, chosen[0]!, tokens))

const remapGreedily = (setup: LayoutSetup, maxSlots: number): Int32Array => {
  const { units, live, slotsPerUnit, time, tokens, chosen } = setup
  const slots = new Int32Array(units * slotsPerUnit).fill(-1)
  const shares = chosen[0]!
  const reads = Float64Array.from(shares, (share) => touchedShare(share, tokens))
  const alone = Float64Array.from(shares, (share, e) => time(live[0]!, reads[e]!, tokens * share))
  const order = topIndices(alone)
  const used = new Uint32Array(units)
  const choices = new Float64Array(units)
  const touched = new Float64Array(units)
  for (const e of order) {
    let least = -1
    let leastPs = Infinity
    for (const u of live) {
      if (used[u]! >= maxSlots) continue
      const loadPs = time(u, touched[u]!, choices[u]!)
      if (loadPs < leastPs) [least, leastPs] = [u, loadPs]
    }
    slots[least * slotsPerUnit + used[least]!] = e
    used[least]!++
    choices[least]! += tokens * shares[e]!
    touched[least]! += reads[e]!
  }
  return slots
}
