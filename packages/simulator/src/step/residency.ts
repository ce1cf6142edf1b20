/** Room for copies beside the experts that a placement puts on each unit for good. */
import { Effect } from "effect"
import type { Fabric, Holders } from "@moira/hardware"
import type { ResidencyPolicy } from "@moira/allocation"
import type { Model } from "@moira/core"
import { SimulationError } from "../window/window.ts"

/**
 * Copies of one layer that fit on each unit: what experts of all layers leave free, shared evenly by the layers.
 * `expertBytes` is what one expert takes in memory; the KV cache has its share of the memory first. A unit keeps each of the
 * `experts` of a layer once, so that more room than that is of no use.
 */
export const spareCopies = (
  fabric: Fabric,
  homes: ReadonlyArray<Holders>,
  { expertBytes, experts }: { readonly expertBytes: number; readonly experts: number },
  kvReserveShare = 0
): Uint32Array => {
  const { expertBytes: room, machine, nodeOf } = fabric
  const lying = new Uint32Array(fabric.units)
  for (const { unit } of homes) for (const u of unit) lying[u]!++
  return Uint32Array.from(lying, (count, u) => {
    const kvBytes = machine.nodes[nodeOf[u]!]!.memory!.capacityBytes * kvReserveShare
    const free = Math.floor((room[u]! - kvBytes) / expertBytes) - count
    return Math.min(experts, Math.max(0, Math.floor(free / homes.length)))
  })
}

/** Fails where the tables of a policy cannot hold a model. */
export const checkLimits = Effect.fnUntraced(function* (
  policy: ResidencyPolicy,
  model: Model,
  layers: number
): Effect.fn.Return<void, SimulationError> {
  const { limits } = policy
  if (limits === undefined) return
  const over = [
    ...(model.experts > limits.experts ? [`experts ${model.experts}: its tables hold ${limits.experts} a layer`] : []),
    ...(layers > limits.layers ? [`layers ${layers}: its tables hold ${limits.layers}`] : [])
  ]
  if (over.length === 0) return
  return yield* new SimulationError({
    reason: "BadOption",
    where: `residency ${policy.id}, model ${model.title}`,
    what: over.join("; "),
    hint: "choose a strategy without it, such as allo or moira"
  })
})
