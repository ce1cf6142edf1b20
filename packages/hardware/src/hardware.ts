/** The machine of a run as a service: of a backend at hand, or found by its name. */
import { knownNames, type PluginError, Plugins } from "@moira/core"
import { Context, Effect, Layer } from "effect"
import { type Backend, backendKind, type BuiltHardware, load, loadMachine } from "./backend.ts"
import { InvalidSpec } from "./invalid-spec.ts"

/** Builds the machine of a name, of whichever backend knows it. */
const findMachine = Effect.fn("hardware.findMachine")(function* (name: string) {
  const backends = yield* (yield* Plugins).all(backendKind)
  const owner = backends.find(({ plugin }) => Object.hasOwn(plugin.machines, name))
  if (owner !== undefined) return yield* loadMachine(owner.plugin, name)
  const machines = backends.flatMap(({ plugin }) => Object.keys(plugin.machines))
  return yield* new InvalidSpec({
    reason: "UnknownMachine",
    where: name,
    what: "unknown machine",
    hint:
      machines.length === 0
        ? "install a package with a hardware backend, such as @moira/wafer, and depend on it"
        : `known are ${knownNames(name, machines)}`
  })
})

/** The machine that the simulator, the optimizers and the viewer read. */
export class Hardware extends Context.Service<Hardware, BuiltHardware>()("@moira/hardware/Hardware") {
  /** Provides a machine of the backend, by name or as a spec; its first one when left out. */
  static layer<S, I>(
    backend: Backend<S, I>,
    machine: string | { readonly name?: string; readonly spec: unknown } = Object.keys(backend.machines)[0]!
  ): Layer.Layer<Hardware, InvalidSpec> {
    return Layer.effect(
      Hardware,
      typeof machine === "string" ? loadMachine(backend, machine) : load(backend, machine.spec, machine.name)
    )
  }

  /** Provides the machine of a name, of whichever installed backend knows it. */
  static machine(name: string): Layer.Layer<Hardware, InvalidSpec | PluginError, Plugins> {
    return Layer.effect(Hardware, findMachine(name))
  }
}
