/** How long a layer step takes under a layout: the slowest unit's experts, and dispatch and combine where the machine has them. */
import { expertsPerToken } from "@moira/core"
import { sum } from "@moira/core/statistics"
import { exchangePs, unitTime } from "@moira/hardware"
import { liveUnits } from "../../input/check-input.ts"
import { chosenShares, copiesOf, expectedUnitLoads, layerTimePs, shapeOf } from "../../loads/unit-loads.ts"
import { defaultBatchTokens, type PlacementInput } from "../../optimizer.ts"
import { expectedTraffic, type LayerTraffic, tokenBytes } from "../../score/traffic.ts"

/** One layer's slots of all units and how often its experts were chosen. */
export interface Laid {
  readonly slots: ArrayLike<number>
  readonly slotsPerUnit: number
  readonly counts: ArrayLike<number>
}

export interface LayerTimes {
  readonly expertsPs: number
  /** Dispatch and combine. */
  readonly exchangePs: number
}

/**
 * Times of a step of `batchTokens` independent tokens. Those of a group-limited router reach servers as `serverChances` says,
 * or by the chances that are given instead.
 */
export const makeLayerTimes = (input: PlacementInput) => {
  const { fabric, model, batchTokens: tokens = defaultBatchTokens } = input
  const time = unitTime(fabric, shapeOf(input))
  const exchange = fabric.machine.exchange?.(fabric)
  const live = liveUnits(input)
  const bytes = tokenBytes(model, fabric)
  let traffic: LayerTraffic | undefined
  return (laid: Laid, chances?: ArrayLike<number>): LayerTimes => {
    const chosen = chosenShares(laid.counts, expertsPerToken(model))
    const loads = expectedUnitLoads(laid.slots, laid.slotsPerUnit, chosen, tokens)
    const expertsPs = layerTimePs(time, loads)
    if (exchange === undefined) return { expertsPs, exchangePs: 0 }
    traffic = expectedTraffic(fabric, laid.slots, chosen, tokens, live, traffic)
    const reached = chances ?? (model.routing === undefined ? undefined : serverChances(input, laid))
    if (reached !== undefined)
      for (const u of live)
        for (let s = 0; s < fabric.servers; s++)
          traffic.serverCopies[u * fabric.servers + s] = reached[s]! * traffic.tokens[u]!
    const known = { ...traffic, choices: loads.choices, experts: model.experts }
    const { dispatchPs, combinePs } = exchangePs(exchange, traffic.copies, bytes, known)
    return { expertsPs, exchangePs: dispatchPs + combinePs }
  }
}

/**
 * Chance that a token of a group-limited router reaches each server. It picks from group g with chance p[g] = min(1,
 * groupsPerToken x share of g), then k = topK / groupsPerToken of its experts, each on server s with the share q[g, s] of the
 * group's load that lies there: 1 - product over groups of (1 - p[g] x (1 - (1 - q[g, s])^k)).
 */
export const serverChances = (
  { fabric, model }: Pick<PlacementInput, "fabric" | "model">,
  { slots, slotsPerUnit, counts }: Laid
): Float64Array => {
  const { groups, groupsPerToken } = model.routing ?? { groups: 1, groupsPerToken: 1 }
  const { servers, serverOf } = fabric
  const experts = counts.length
  const copies = copiesOf(slots, experts)
  const ofGroup = groupLoads(counts, groups)
  const total = sum(ofGroup)
  const there = new Float64Array(groups * servers)
  for (let i = 0; i < slots.length; i++) {
    const e = slots[i]!
    if (e < 0) continue
    const g = Math.floor((e * groups) / experts)
    there[g * servers + serverOf[Math.floor(i / slotsPerUnit)]!]! += counts[e]! / copies[e]!
  }
  const missed = new Float64Array(servers).fill(1)
  for (let g = 0; g < groups; g++) {
    if (ofGroup[g] === 0) continue
    const picked = Math.min(1, (ofGroup[g]! / total) * groupsPerToken)
    for (let s = 0; s < servers; s++) {
      const share = Math.min(1, there[g * servers + s]! / ofGroup[g]!)
      missed[s]! *= 1 - picked * (1 - (1 - share) ** (model.topK / groupsPerToken))
    }
  }
  return missed.map((chance) => 1 - chance)
}

/** Selections of each routing group, an equal block of experts. */
export const groupLoads = (counts: ArrayLike<number>, groups: number): Float64Array => {
  const loads = new Float64Array(groups)
  for (let e = 0; e < counts.length; e++) loads[Math.floor((e * groups) / counts.length)]! += counts[e]!
  return loads
}
