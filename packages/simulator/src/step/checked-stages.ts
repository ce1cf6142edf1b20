/** The plug-ins of a run, each with the checks that its contract brings, and all of them with the layer step that runs. */
import { type AllocationPolicy, checkedAllocator, checkedResidency } from "@moira/allocation"
import type { PreparedResidency, ResidencyPolicy, ResidencySetup } from "@moira/allocation"
import { type Called, numberOf, type PluginFault, pluginFault } from "@moira/core"
import {
  type BuiltHardware,
  checkedEngine,
  checkedNetwork,
  type Fabric,
  fabricPrint,
  type NetworkModel
} from "@moira/hardware"
import type { BatchParts } from "./simulate-batch.ts"

export interface Stages {
  readonly hardware: BuiltHardware
  readonly network: NetworkModel
  readonly policy: ResidencyPolicy
  readonly allocator: AllocationPolicy
}

/** Parts of a run that throw `PluginFault`, with the layer and step, where a plug-in gives what its contract forbids. */
export interface CheckedStages extends Required<Pick<BatchParts, "engine" | "network" | "allocator" | "begin">> {
  readonly residency: (setup: ResidencySetup) => PreparedResidency
  /** The fault of who wrote to the machine since the stages were made, or undefined. */
  readonly machineFault: () => PluginFault | undefined
}

const noted = (kind: string, plugin: { readonly id: string }): Called => ({ kind, plugin, kit: "the kit of its kind" })

/**
 * Looks at a machine before and after a run, which plug-ins from outside may only read: once a run, since it has as many
 * numbers as a layer step. Of several plug-ins it cannot be told which one wrote: the first is named.
 */
const makeMachineCheck = (fabric: Fabric, { network, policy, allocator }: Stages): CheckedStages["machineFault"] => {
  const outside = [
    noted("allocator", allocator),
    noted("network model", network),
    noted("residency policy", policy)
  ].filter((called) => numberOf(called) !== 0)
  const [first, ...others] = outside
  if (first === undefined) return () => undefined
  const before = fabricPrint(fabric)
  const or = others.map(({ kind, plugin }) => `, or ${kind} ${plugin.id},`).join("")
  return () =>
    fabricPrint(fabric) === before
      ? undefined
      : pluginFault(first, "", { reason: "ChangedInput", what: `${or === "" ? "" : `it${or} `}writes to the machine` })
}

/** The stages of a run with the checks of their contracts; `fabric` is the machine that they run on. */
export const checkedStages = (layers: ReadonlyArray<number>, fabric: Fabric, stages: Stages): CheckedStages => {
  const { hardware, network, policy, allocator } = stages
  let [layer, step] = [0, 0]
  const at = (): string => `layer ${layers[layer]}, step ${step}`
  const residency = checkedResidency(policy, at)
  return {
    engine: checkedEngine(hardware.plugin ?? { id: hardware.backend }, hardware.engine, at),
    network: checkedNetwork(network, at),
    allocator: checkedAllocator(allocator, at),
    machineFault: makeMachineCheck(fabric, stages),
    begin: (ofLayer, ofStep) => {
      layer = ofLayer
      step = ofStep
    },
    residency: residency.prepare
  }
}
