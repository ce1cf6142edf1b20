/** The machine that experts are placed on, with as many units as asked. */
import { fabricOf, hardwareLayer, Hardware } from "@moira/hardware"
import { ClusterSpec, withUnits } from "@moira/multi-gpu"
import { importPlugin } from "@moira/core/node"
import { Effect, Result, Schema } from "effect"
import { cliBackends, findMachine, type NamedMachine } from "./find.ts"
import { PlaceError } from "../place/traffic.ts"

export interface MachineRequest {
  readonly machine: string
  readonly backend?: string
  readonly changes?: ReadonlyArray<string>
  /** Units in all; as many as the machine has when left out. */
  readonly units?: number
}

/** A machine by name, ready to place on, and how simulations name it. A cluster is given the servers that the units need. */
export const placeMachine = Effect.fn("cli.placeMachine")(function* ({
  machine,
  backend,
  changes,
  units
}: MachineRequest) {
  const named = yield* findMachine(machine, backend, changes)
  const plugin = yield* importPlugin(cliBackends, named.backend)
  const build = (of: NamedMachine["machine"]) => Hardware.pipe(Effect.provide(hardwareLayer(plugin, of)))
  const built = yield* build(named.machine)
  const fabric = fabricOf(built.machine)
  if (units === undefined || fabric.units === units) return { named, hardware: built, fabric }
  const cluster = Schema.decodeUnknownResult(ClusterSpec)(built.spec)
  const sized = plugin.id === "multi-gpu" && Result.isSuccess(cluster) ? withUnits(cluster.success, units) : undefined
  if (sized === undefined) {
    const what = Result.isSuccess(cluster)
      ? `${units} units are not whole servers of ${cluster.success.gpusPerServer}`
      : `the machine has ${fabric.units} units, not ${units}`
    const hint = Result.isSuccess(cluster)
      ? `give up to ${cluster.success.gpusPerServer}, or a multiple of it`
      : `leave --units out, or give --units ${fabric.units}`
    return yield* new PlaceError({ reason: "BadOption", where: `--machine ${machine} --units ${units}`, what, hint })
  }
  const resized: NamedMachine = { ...named, machine: { name: `${machine}, ${units} units`, spec: sized } }
  const hardware = yield* build(resized.machine)
  return { named: resized, hardware, fabric: fabricOf(hardware.machine) }
})
