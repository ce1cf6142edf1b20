/** The plug-ins of a run, each with the checks that its contract brings, and all of them with the layer step that runs. */
import { type AllocationPolicy, checkedAllocator, checkedResidency } from "@moira/allocation"
import type { PreparedResidency, ResidencyPolicy, ResidencySetup } from "@moira/allocation"
import { type BuiltHardware, checkedEngine, checkedNetwork, type NetworkModel } from "@moira/hardware"
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
}

export const checkedStages = (layers: ReadonlyArray<number>, stages: Stages): CheckedStages => {
  const { hardware, network, policy, allocator } = stages
  let [layer, step] = [0, 0]
  const at = (): string => `layer ${layers[layer]}, step ${step}`
  const residency = checkedResidency(policy, at)
  return {
    engine: checkedEngine({ id: hardware.backend }, hardware.engine, at),
    network: checkedNetwork(network, at),
    allocator: checkedAllocator(allocator, at),
    begin: (ofLayer, ofStep) => {
      layer = ofLayer
      step = ofStep
    },
    residency: residency.prepare
  }
}
