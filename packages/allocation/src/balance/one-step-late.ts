/** Deciding between barriers, where nothing hides a decision: by the layer's last counts, unless these have changed too much. */
import type { AllocateStep, AllocationSetup } from "../allocator.ts"
import type { Holders } from "@moira/hardware"
import { makeLoads } from "./loads.ts"
import { makeMinMax, minMaxCycles } from "../shares/min-max.ts"
import { makeRebalance, type Rebalance } from "./rebalance.ts"
import { makeSplitAs } from "./shares.ts"

interface Layer {
  /** Tokens of the last step. */
  readonly tokens: Uint32Array
  /** Whether the next step waits for a decision of its own. */
  waits: boolean
}

/**
 * While other layers run, a layer's last counts are balanced over whoever holds copies by now, by a search or by the exact split,
 * whichever is done sooner; its next step is split in those
 * shares and waits for nobody. Afterwards it is known what a decision on the step's own counts would have saved: where that was
 * more than the decision takes, the next step of the layer waits for one. A layer is known by the lists of its holders; memory is
 * allocated when it is seen for the first time.
 */
export const makeOneStepLate = (setup: AllocationSetup): AllocateStep => {
  const { fabric, experts, blockTokens, controller = { basePs: 0, cyclePs: 0 } } = setup
  const { units } = fabric
  // Off the way of a step a search may take its time.
  const { controller: _, ...unhurried } = setup
  const loads = makeLoads(setup)
  const early = makeRebalance(unhurried, loads)
  // Who waits has paid for gathering counts: only the search itself is to be weighed.
  const fresh = makeRebalance({ ...setup, controller: { ...controller, basePs: 0 } }, loads)
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
    const waited = layer?.waits ?? false
    if (waited) allocation.set(decided)
    const waits = latePs - decidedDonePs > controller.basePs + controller.cyclePs * cycles
    if (layer === undefined) layers.set(holders, { tokens: expertTokens.slice(), waits })
    else {
      layer.tokens.set(expertTokens)
      layer.waits = waits
    }
    return waited ? cycles : undefined
  }
}
