/** What a picture or a result document needs of a machine. */
import type { BuiltHardware } from "./backend.ts"
import type { Fabric } from "./machine.ts"

/** Units with their places and links by the units that they join; plain data, `-1` for a switch or memory node. */
export interface MachineOutline {
  readonly name: string
  readonly backend: string
  readonly spec: BuiltHardware["spec"]
  readonly units: ReadonlyArray<{ readonly name: string; readonly at: readonly [x: number, y: number] | null }>
  readonly links: ReadonlyArray<{
    readonly fromUnit: number
    readonly toUnit: number
    readonly bytesPerSec: number
  }>
  /** Ids of the kernels that expert times were fitted to; left out where nothing was fitted. */
  readonly kernels?: ReadonlyArray<string>
  /** Kernels that carry tokens, those for few tokens first, where the machine has an exchange that names them. */
  readonly exchange?: ReadonlyArray<string>
}

const kernelsOf = ({ machine }: BuiltHardware): ReadonlyArray<string> => {
  const times = machine.nodes.flatMap(({ compute }) => compute?.expertTime ?? [])
  return [...new Set(times.flatMap((time) => ("kernels" in time ? (time.kernels ?? []) : [])))]
}

/** The outline of a built machine. */
export const summariseMachine = (hardware: BuiltHardware, fabric: Fabric): MachineOutline => {
  const exchange = hardware.machine.exchange?.(fabric).kernels
  const unitOf = new Map([...fabric.nodeOf].map((node, unit) => [node, unit]))
  const kernels = kernelsOf(hardware)
  return {
    name: hardware.machineName,
    backend: hardware.backend,
    spec: hardware.spec,
    units: [...fabric.nodeOf].map((id) => {
      const { name, at } = hardware.machine.nodes[id]!
      return { name, at: at ?? null }
    }),
    links: hardware.machine.links.map(({ from, to, bytesPerSec }) => ({
      fromUnit: unitOf.get(from) ?? -1,
      toUnit: unitOf.get(to) ?? -1,
      bytesPerSec
    })),
    ...(kernels.length === 0 ? {} : { kernels }),
    ...(exchange === undefined ? {} : { exchange })
  }
}
