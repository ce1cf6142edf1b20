/** Machines that cannot cache a model's experts, and how a run says so. */
import { formatBytes, formatCount } from "@moira/core"
import { OffloadError } from "../error.ts"
import type { OffloadCost } from "./cost.ts"

/** No memory behind the unit, several units, or memories too small for the model; undefined for none of these. */
export const tiersFault = (name: string, cost: OffloadCost, expertsInAll: number): OffloadError | undefined => {
  if (cost.tiers.length === 0) {
    return new OffloadError({
      reason: "BadMachine",
      where: `machine ${name}`,
      what: "expertTiers: its experts lie nowhere but on its units",
      hint: "cache policies are for machines with memory behind one unit, such as offload-pcie5"
    })
  }
  if (cost.fabric.units !== 1) {
    return new OffloadError({
      reason: "BadMachine",
      where: `machine ${name}`,
      what: `${cost.fabric.units} units`,
      hint: "one unit with memory behind it can be simulated"
    })
  }
  const last = cost.tiers.at(-1)!
  if (cost.tiers.some(({ experts }) => experts >= expertsInAll)) return undefined
  return new OffloadError({
    reason: "BadMachine",
    where: `machine ${name}, ${last.name}`,
    what: `room for ${formatCount(last.experts)} experts of ${formatBytes(cost.expertBytes)}; the model has ${formatCount(expertsInAll)}`,
    hint: `more memory (--set tiers.${last.name}.bytes=...), fewer bytes a weight, or a tier behind it`
  })
}
