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
export interface CheckedStages extends Pick<BatchParts, "engine" | "network" | "allocator"> {
  readonly residency: (setup: ResidencySetup) => PreparedResidency
}

/**
 * A layer step begins when holders are asked for, layers in order: the steps are counted there. A fault of another seam
 * then tells the same place.
 */
export const checkedStages = (layers: ReadonlyArray<number>, stages: Stages): CheckedStages => {
  const { hardware, network, policy, allocator } = stages
  let step = -1
  let layer = -1
  const at = (): string => `layer ${layers[layer]}, step ${step}`
  const residency = checkedResidency(policy, at)
  return {
    engine: checkedEngine({ id: hardware.backend }, hardware.engine, at),
    network: checkedNetwork(network, at),
    allocator: checkedAllocator(allocator, at),
    residency: (setup) => {
      const { holders, ...rest } = residency.prepare(setup)
      return {
        ...rest,
        holders: (layerIndex) => {
          if (layerIndex === 0) step++
          layer = layerIndex
          return holders(layerIndex)
        }
      }
    }
  }
}
