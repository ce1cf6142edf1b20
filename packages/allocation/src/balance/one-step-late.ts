/** Deciding by the layer's last counts, which nobody waits for, unless these have changed too much. */
import type { AllocateStep, AllocationSetup } from "../allocator.ts"
import type { Holders } from "@moira/hardware"
import { makeLoads } from "./loads.ts"
import { makeMinMax, minMaxCycles } from "../shares/min-max.ts"
import { makeRebalance, type Rebalance } from "./rebalance.ts"
import { makeSplitAs } from "./shares.ts"

interface Layer {
  /** Tokens of the last step. */
  readonly tokens: Uint32Array
  /** What not waiting would have lost, or did, at the worst of the last few steps: older ones count less. */
  lossPs: number
  /** Whether the next step waits for a decision of its own. */
  waits: boolean
}

/** A loss counts this much less at each later step: whoever has changed its experts at once may do so again. */
const keptLoss = 0.75

/**
 * While other layers run, a layer's last counts are balanced over whoever holds copies by now; its next step is split in those
 * shares and waits for nobody. Afterwards it is known what a decision on the step's own counts would have saved: where that was
 * more than what of the decision no first read hides, the next step of the layer waits for one. Between barriers nothing hides
 * any of it, and the exact split runs beside the search on a multiprocessor of its own: whichever is done sooner is taken; a layer's
 * first step runs at home there, and waits elsewhere. A layer is known by the lists of its holders; memory is allocated when it is
 * seen for the first time.
 */
export const makeOneStepLate = (setup: AllocationSetup): AllocateStep => {
  const { fabric, experts, blockTokens, controller = { basePs: 0, cyclePs: 0 } } = setup
  const { units } = fabric
  const barrier = fabric.machine.exchange !== undefined
  // Off the way of a step a search may take its time.
  const { controller: _, ...unhurried } = setup
  const loads = makeLoads(setup)
  const early = makeRebalance(unhurried, loads)
  // Who waits between barriers has paid for gathering counts: only the search itself is to be weighed.
  const fresh = makeRebalance(barrier ? { ...setup, controller: { ...controller, basePs: 0 } } : setup, loads)
  const hiddenPs = barrier ? 0 : loads.readPs[0]!
  const splitAs = makeSplitAs(units, experts, blockTokens)
  const shares = new Uint32Array(experts * units)
  const decided = new Uint32Array(experts * units)
  const split = new Uint32Array(experts * units)
  const minMax = makeMinMax(units, experts)
  const layers = new WeakMap<Holders, Layer>()

  const slowestPs = (): number => {
    let latest = 0
    for (let u = 0; u < units; u++) latest = Math.max(latest, loads.donePs(u))
    return latest
  }

  const slowestOfPs = (allocation: Uint32Array): number => {
    loads.clear()
    for (let e = 0; e < experts; e++) {
      for (let u = 0; u < units; u++) {
        const tokens = allocation[e * units + u]!
        if (tokens === 0) continue
        loads.computePs[u]! += tokens * loads.tokenPs[u]!
        loads.memoryPs[u]! += loads.readPs[u]!
      }
    }
    return slowestPs()
  }

  /** When the slowest unit of the last decision is done. */
  let decidedDonePs = 0

  /** Writes the better of the search and of the exact split among copies; returns the cycles that finding it took. */
  const decide = (
    search: Rebalance,
    tokens: Uint32Array,
    holders: Holders,
    homes: Holders,
    into: Uint32Array
  ): number => {
    into.fill(0)
    const cycles = search(tokens, holders, into, homes)
    const searchedPs = slowestPs()
    decidedDonePs = searchedPs
    if (!barrier) return cycles
    split.fill(0)
    minMax.split(tokens, holders, split)
    const splitPs = slowestOfPs(split)
    if (splitPs < searchedPs) into.set(split)
    // Both run at once, on a multiprocessor each.
    decidedDonePs = Math.min(searchedPs, splitPs)
    return Math.max(cycles, minMaxCycles(minMax, holders.start[experts]!, experts))
  }

  return (expertTokens, holders, allocation, homes = holders) => {
    const layer = layers.get(holders)
    shares.fill(0)
    if (layer !== undefined) decide(early, layer.tokens, holders, homes, shares)
    splitAs(expertTokens, shares, holders, homes, allocation)
    const latePs = slowestOfPs(allocation)
    const cycles = decide(fresh, expertTokens, holders, homes, decided)
    const waited = layer?.waits ?? !barrier
    if (waited) allocation.set(decided)
    const exposedPs = Math.max(0, controller.basePs + controller.cyclePs * cycles - hiddenPs)
    const lossPs = Math.max(latePs - decidedDonePs, (layer?.lossPs ?? 0) * keptLoss)
    // Where all of a decision is hidden, waiting costs nothing.
    const waits = (!barrier && exposedPs === 0) || lossPs > exposedPs
    if (layer === undefined) layers.set(holders, { tokens: expertTokens.slice(), lossPs, waits })
    else {
      layer.tokens.set(expertTokens)
      layer.lossPs = lossPs
      layer.waits = waits
    }
    return waited ? cycles : undefined
  }
}
