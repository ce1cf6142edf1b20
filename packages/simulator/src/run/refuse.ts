/** What a run refuses before its first step, and how it says so. */
import { Effect } from "effect"
import { type Fabric, type Machine, machineFault, type Placement, placementFault } from "@moira/hardware"
import { formatBytes, isBuiltIn, type Model, moduleOf } from "@moira/core"
import { SimulationError } from "../window/window.ts"

/** Fails for an impossible machine, such as one with a link of no bandwidth or a mesh that falls apart. */
export const refuseMachine = Effect.fnUntraced(function* (
  name: string,
  machine: Machine,
  backend?: object
): Effect.fn.Return<void, SimulationError> {
  const what = machineFault(machine)
  if (what === undefined) return
  const module = backend === undefined || isBuiltIn(backend) ? undefined : moduleOf(backend)
  return yield* new SimulationError({
    reason: "BadMachine",
    where: `machine ${name}${module === undefined ? "" : ` of hardware backend ${module}`}`,
    what,
    hint: "rates must be above 0 and every unit must reach every other; run the backend through the conformance kit"
  })
})

const shapeFault = (placement: Placement, model: Model, layers: ReadonlyArray<number>, fabric: Fabric) => {
  const { units, experts } = placement
  if (units !== fabric.units) return `units ${units}: the machine has ${fabric.units}`
  if (experts !== model.experts) return `experts ${experts}: the model has ${model.experts}`
  if (placement.layers.join() !== layers.join())
    return `layers ${placement.layers.join()}: the trace has ${layers.join()}`
  return placementFault(placement)
}

/** Experts of all layers beside what each unit's memory reserves. */
const roomFault = (placement: Placement, fabric: Fabric, expertBytes: number): string | undefined => {
  const { slotsPerUnit, physicalToLogical } = placement
  const lying = new Uint32Array(fabric.units)
  for (const slots of physicalToLogical) {
    slots.forEach((expert, slot) => {
      if (expert >= 0) lying[Math.floor(slot / slotsPerUnit)]!++
    })
  }
  const unit = lying.findIndex((count, u) => count * expertBytes > fabric.expertBytes[u]!)
  if (unit < 0) return undefined
  const [needed, room] = [lying[unit]! * expertBytes, fabric.expertBytes[unit]!]
  return `memory: ${lying[unit]} experts on unit ${unit} take ${formatBytes(needed)}, it has room for ${formatBytes(room)}`
}

/** Fails for a placement that loses an expert, that belongs to something else, or that the memories cannot hold. */
export const refusePlacement = Effect.fnUntraced(function* (
  optimizer: string,
  placement: Placement,
  scene: {
    readonly model: Model
    readonly layers: ReadonlyArray<number>
    readonly fabric: Fabric
    readonly expertBytes: number
  }
): Effect.fn.Return<void, SimulationError> {
  const { model, layers, fabric, expertBytes } = scene
  const what = shapeFault(placement, model, layers, fabric) ?? roomFault(placement, fabric, expertBytes)
  if (what === undefined) return
  return yield* new SimulationError({
    reason: "BadPlacement",
    where: `placement ${optimizer}, model ${model.title}`,
    what,
    hint: "every expert of every layer must lie on a unit that has room; `--strategy ep` places them contiguously"
  })
})
