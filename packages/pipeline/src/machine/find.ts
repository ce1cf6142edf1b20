/** Finds the machine that a user names: in a backend they name, or in any built-in one. */
import { type Backend, backendKind, InvalidSpec } from "@moira/hardware"
import { builtinNames, loadPlugin } from "@moira/core/node"
import { knownNames, type Loaded } from "@moira/core"
import { Effect, Schema } from "effect"
import * as fs from "node:fs"
import { changeSpec, specFields } from "./spec-changes.ts"

/** Hardware backends that this command ships: one file each in `backends/`. */
export const cliBackends = backendKind(new URL("./", import.meta.resolve("@moira/pipeline/backends/wafer")))

export interface NamedMachine {
  /** Module of the backend, for worker threads. */
  readonly backend: string
  readonly machine: string | { readonly name: string; readonly spec: unknown }
}

const specFile = Effect.fnUntraced(function* (path: string) {
  return yield* Effect.try({
    try: (): unknown => JSON.parse(fs.readFileSync(path, "utf8")),
    catch: (cause) =>
      new InvalidSpec({
        reason: "Malformed",
        where: path,
        what: `cannot be read as JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: "give a machine name, or a JSON file with the backend's spec",
        cause
      })
  })
})

const builtinBackends = Effect.fnUntraced(function* () {
  return yield* Effect.forEach(builtinNames(cliBackends), (name) => loadPlugin(cliBackends, name))
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

/** A spec that is at hand already, checked when its machine is built. */
export const specMachine = (machine: { readonly name: string; readonly spec: unknown }, backend = "wafer") =>
  Effect.map(loadPlugin(cliBackends, backend), ({ module }): NamedMachine => ({ backend: module, machine }))

/** `--machine`, `--backend` and `--set` as a user gives them. */
export const findMachine = Effect.fn("cli.findMachine")(function* (
  name: string,
  backend: string | undefined,
  changes: ReadonlyArray<string> = []
) {
  const named = backend === undefined ? undefined : yield* loadPlugin(cliBackends, backend)
  const candidates = named === undefined ? yield* builtinBackends() : [named]
  if (name.endsWith(".json")) {
    const spec = yield* changeSpec(yield* specFile(name), changes, specFields(candidates[0]!.plugin.Spec))
    return { backend: candidates[0]!.module, machine: { name, spec } } satisfies NamedMachine
  }
  const owner = candidates.find(({ plugin }) => Object.hasOwn(plugin.machines, name))
  if (owner === undefined) return yield* unknownMachine(name, candidates)
  if (changes.length === 0) return { backend: owner.module, machine: name } satisfies NamedMachine
  const encode = Schema.encodeEffect(owner.plugin.Spec)
  const plain = yield* encode(owner.plugin.machines[name]).pipe(Effect.orDie)
  const spec = yield* changeSpec(plain, changes, specFields(owner.plugin.Spec))
  return { backend: owner.module, machine: { name: `${name} with ${changes.join(", ")}`, spec } } satisfies NamedMachine
})
