/** Machines that cannot cache a model's experts, and how a run says so. */
import { Effect } from "effect"
import { formatBytes, formatCount } from "@moira/core"
import { OffloadError } from "../error.ts"
import type { OffloadCost } from "./cost.ts"

/** Fails without memory behind the unit, for several units, and for memories too small for the model. */
export const checkTiers = Effect.fnUntraced(function* (
  name: string,
  cost: OffloadCost,
  expertsInAll: number
): Effect.fn.Return<void, OffloadError> {
  if (cost.tiers.length === 0) {
    return yield* new OffloadError({
      reason: "BadMachine",
      where: `machine ${name}`,
      what: "expertTiers: its experts lie nowhere but on its units",
      hint: "cache policies are for machines with memory behind one unit, such as offload-pcie5"
    })
  }
  if (cost.fabric.units !== 1) {
    return yield* new OffloadError({
      reason: "BadMachine",
      where: `machine ${name}`,
      what: `${cost.fabric.units} units`,
      hint: "one unit with memory behind it can be simulated"
    })
  }
  const last = cost.tiers.at(-1)!
  if (cost.tiers.some(({ experts }) => experts >= expertsInAll)) return
  return yield* new OffloadError({
    reason: "BadMachine",
    where: `machine ${name}, ${last.name}`,
    what: `room for ${formatCount(last.experts)} experts of ${formatBytes(cost.expertBytes)}; the model has ${formatCount(expertsInAll)}`,
    hint: `more memory (--set tiers.${last.name}.bytes=...), fewer bytes a weight, or a tier behind it`
  })
})
