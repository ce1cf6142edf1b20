/** The machine that experts are placed on, with as many units as asked. */
import { backendKind, fabricOf, Hardware, plainSpec, resizedSpec } from "@moira/hardware"
import { openPlugin } from "@moira/core"
import { Effect, Schema } from "effect"
import { findMachine, type MachineRequest as FindRequest, type NamedMachine } from "./find.ts"
import { PlaceError } from "../place/traffic.ts"

export interface MachineRequest extends FindRequest {
  /** Units in all; as many as the machine has when left out. */
  readonly units?: number
}

const nameOf = ({ machine }: MachineRequest): string => (typeof machine === "string" ? machine : machine.name)

/** A machine ready to place on, and how simulations name it. A backend that knows how to gives it as many units as asked. */
export const sizedMachine = Effect.fn("pipeline.sizedMachine")(function* (request: MachineRequest) {
  const { units } = request
  const named = yield* findMachine(request)
  const plugin = yield* openPlugin(backendKind, named.backend.module)
  const build = (of: NamedMachine["machine"]) => Hardware.pipe(Effect.provide(Hardware.layer(plugin, of)))
  const built = yield* build(named.machine)
  const fabric = fabricOf(built.machine)
  if (units === undefined || fabric.units === units) return { named, hardware: built, fabric }
  const refused = (what: string, hint: string) =>
    new PlaceError({ reason: "BadOption", where: `--machine ${nameOf(request)} --units ${units}`, what, hint })
  const spec = yield* Schema.decodeUnknownEffect(plugin.Spec)(built.spec).pipe(Effect.orDie)
  const resizing = resizedSpec(plugin, spec, units)
  if (resizing === undefined)
    return yield* refused(
      `the machine has ${fabric.units} units, not ${units}`,
      `leave --units out, or give --units ${fabric.units}`
    )
  const sized = yield* Effect.mapError(resizing, ({ what, hint }) => refused(what, hint))
  const plain = yield* plainSpec(plugin, sized)
  const resized: NamedMachine = { ...named, machine: { name: `${nameOf(request)}, ${units} units`, spec: plain } }
  const hardware = yield* build(resized.machine)
  return { named: resized, hardware, fabric: fabricOf(hardware.machine) }
})
