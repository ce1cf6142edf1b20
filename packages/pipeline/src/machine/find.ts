/** Finds the machine that is named: in a backend that is named too, or in any that is installed. */
import { type Backend, backendKind, InvalidSpec } from "@moira/hardware"
import { allPlugins, knownNames, type Loaded, loadPlugin } from "@moira/core"
import { type PointPlugin, pointPlugin } from "@moira/simulator"
import { Effect, Schema } from "effect"
import { changeSpec, specFields } from "./spec-changes.ts"

/** A machine that a backend knows by name; a spec as plain data; or the text of a JSON file with one. */
export type MachineChoice =
  | string
  | { readonly name: string; readonly spec: unknown }
  | { readonly name: string; readonly text: string }

export interface MachineRequest {
  readonly machine: MachineChoice
  /** Name, package or path of a backend; found by the machine's name when left out, and `wafer` for plain specs. */
  readonly backend?: string
  /** Parts of the machine's spec to replace, as KEY=VALUE; not of plain specs. */
  readonly changes?: ReadonlyArray<string>
}

export interface NamedMachine {
  /** The backend, for whoever runs a point. */
  readonly backend: PointPlugin
  readonly machine: string | { readonly name: string; readonly spec: unknown }
}

const parsed = (where: string, text: string): Effect.Effect<unknown, InvalidSpec> =>
  Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) =>
      new InvalidSpec({
        reason: "Malformed",
        where,
        what: `cannot be read as JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: "give a machine name, or a JSON file with the backend's spec",
        cause
      })
  })

const unknownMachine = (name: string, backends: ReadonlyArray<Loaded<Backend<any>>>) =>
  new InvalidSpec({
    reason: "UnknownMachine",
    where: `--machine ${name}`,
    what: "unknown machine",
    hint: `known are ${knownNames(
      name,
      backends.flatMap(({ plugin }) => Object.keys(plugin.machines))
    )}; or give --backend and a .json spec`
  })

/** The module of a machine's backend, and what it builds; a spec is checked only when it is built. */
export const findMachine = Effect.fn("pipeline.findMachine")(function* ({
  machine: choice,
  backend,
  changes = []
}: MachineRequest) {
  if (typeof choice !== "string" && "spec" in choice) {
    const found = yield* loadPlugin(backendKind, backend ?? "wafer")
    return { backend: pointPlugin(backendKind, found), machine: choice } satisfies NamedMachine
  }
  const candidates = backend === undefined ? yield* allPlugins(backendKind) : [yield* loadPlugin(backendKind, backend)]
  if (typeof choice !== "string") {
    const found = candidates[0]!
    const spec = yield* changeSpec(yield* parsed(choice.name, choice.text), changes, specFields(found.plugin.Spec))
    return { backend: pointPlugin(backendKind, found), machine: { name: choice.name, spec } } satisfies NamedMachine
  }
  const owner = candidates.find(({ plugin }) => Object.hasOwn(plugin.machines, choice))
  if (owner === undefined) return yield* unknownMachine(choice, candidates)
  if (changes.length === 0) return { backend: pointPlugin(backendKind, owner), machine: choice } satisfies NamedMachine
  const encode = Schema.encodeEffect(owner.plugin.Spec)
  const plain = yield* encode(owner.plugin.machines[choice]).pipe(Effect.orDie)
  const spec = yield* changeSpec(plain, changes, specFields(owner.plugin.Spec))
  return {
    backend: pointPlugin(backendKind, owner),
    machine: { name: `${choice} with ${changes.join(", ")}`, spec }
  } satisfies NamedMachine
})
