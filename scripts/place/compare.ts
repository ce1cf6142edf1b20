/** Places one case with EPLB and with Moira and judges both on traffic that neither saw. */
import { mean } from "../../packages/core/src/statistics.ts"
import { makeMinMax } from "../../packages/allocation/src/shares/min-max.ts"
import { globalShape, isHierarchical, makeRebalance } from "../../packages/placement/src/optimizers/eplb/rebalance.ts"
import { balanceBound, balancedness, unitLoads } from "../../packages/placement/src/index.ts"
import { holdersOf } from "../../packages/hardware/src/index.ts"
import { placeLayers } from "../../packages/placement/src/optimizers/moira/place.ts"
import { expertParameters, moeLayers } from "../../packages/core/src/index.ts"
import { type Case, h100Fabric } from "./cases.ts"
import type { Loads, Rows } from "./loads.ts"

export interface Judged {
  /** mean / max load, averaged over layers, on the counts that were seen and on those that were not. */
  readonly seen: number
  readonly heldOut: number
  /** On those that were not seen, with the fixed weights that are best on the others, and with the best split. */
  readonly fixedWeights: number
  readonly bestSplit: number
  /** Copies, over all layers, that share a unit with another copy of their expert. */
  readonly sharing: number
  /** CPU seconds for all layers. */
  readonly seconds: number
}

export interface Compared {
  readonly loads: string
  readonly eplb: Judged
  /** EPLB with servers; none where groups do not divide by servers or there is one server. */
  readonly hierarchical: Judged | undefined
  readonly moira: Judged
  /** What no layout can be above on the counts that were seen, see `balanceBound`; mean over the layers. */
  readonly bound: number
}

/** Balance of held-out counts when copies share by weights fitted to the seen ones, and when they share as well as can be. */
const dispatched = (layers: ReadonlyArray<Int32Array>, units: number, { fit, heldOut }: Loads) => {
  const experts = fit[0]!.length
  const { split: minMax } = makeMinMax(units, experts)
  const whole = (row: ArrayLike<number>) => Uint32Array.from(row, Math.round)
  const split = new Uint32Array(experts * units)
  const balances = layers.map((slots, l) => {
    const placement = { units, slotsPerUnit: slots.length / units, experts, layers: [l], physicalToLogical: [slots] }
    const holders = holdersOf(placement, 0)
    const [before, after] = [whole(fit[l]!), whole(heldOut[l]!)]
    split.fill(0)
    minMax(before, holders, split)
    const loads = new Float64Array(units)
    for (let e = 0; e < experts; e++) {
      const copies = holders.start[e + 1]! - holders.start[e]!
      for (let h = holders.start[e]!; h < holders.start[e + 1]!; h++) {
        const u = holders.unit[h]!
        const weight = before[e] === 0 ? 1 / copies : split[e * units + u]! / before[e]!
        loads[u]! += after[e]! * weight
      }
    }
    split.fill(0)
    const fullest = minMax(after, holders, split)
    return { fixedWeights: balancedness(loads, units), bestSplit: after.reduce((a, b) => a + b, 0) / units / fullest }
  })
  return {
    fixedWeights: mean(balances.map(({ fixedWeights }) => fixedWeights)),
    bestSplit: mean(balances.map(({ bestSplit }) => bestSplit))
  }
}

const judge = (place: () => ReadonlyArray<Int32Array>, units: number, loads: Loads): Judged => {
  const { fit, heldOut } = loads
  const before = process.cpuUsage()
  const layers = place()
  const { user, system } = process.cpuUsage(before)
  const slotsPerUnit = layers[0]!.length / units
  const balance = (rows: Rows) =>
    mean(layers.map((slots, l) => balancedness(unitLoads(slots, slotsPerUnit, rows[l]!).choices, units)))
  const sharing = layers.reduce((sum, slots) => {
    let twice = 0
    for (let u = 0; u < units; u++) {
      const held = slots.subarray(u * slotsPerUnit, (u + 1) * slotsPerUnit)
      twice += held.length - new Set(held).size
    }
    return sum + twice
  }, 0)
  return {
    ...dispatched(layers, units, loads),
    seen: balance(fit),
    heldOut: balance(heldOut),
    sharing,
    seconds: (user + system) / 1e6
  }
}

/** Judges all of them on one kind of load. */
export const compare = ({ model, layers, units, spareSlots }: Case, loads: Loads): Compared => {
  const slotsPerUnit = Math.ceil(model.experts / units) + spareSlots
  const fabric = h100Fabric(units)
  const shape = {
    experts: model.experts,
    replicas: units * slotsPerUnit,
    groups: model.routing?.groups ?? 1,
    nodes: fabric.servers,
    gpus: units
  }
  const eplb = (of: typeof shape) => () => {
    const rebalance = makeRebalance(of)
    return loads.fit.map((counts) => {
      const slots = new Int32Array(of.replicas)
      rebalance(counts, slots)
      return slots
    })
  }
  const moira = () =>
    placeLayers({
      model,
      layers: moeLayers(model).slice(0, layers),
      fabric,
      expertBytes: expertParameters(model) * model.servingBytesPerWeight,
      spareSlots,
      counts: loads.fit
    })
  return {
    loads: loads.name,
    eplb: judge(eplb(globalShape(shape)), units, loads),
    hierarchical:
      fabric.servers > 1 && shape.groups > 1 && isHierarchical(shape) ? judge(eplb(shape), units, loads) : undefined,
    moira: judge(moira, units, loads),
    bound: mean(loads.fit.map((counts) => balanceBound({ loads: counts, units, slotsPerUnit })))
  }
}
