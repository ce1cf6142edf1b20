/** What several kinds of run ask for in the same words. */
import { type PluginKind, type PluginReference, referenceOf, sha256 } from "@moira/core"
import { Effect } from "effect"
import type { MachineChoice } from "../../machine/find.ts"
import { type MachineRequest, sizedMachine } from "../../machine/sized.ts"
import { ExperimentError } from "../error.ts"
import { ExperimentInputs, type OpenedSource } from "../inputs.ts"
import type { RunKind } from "../schema.ts"
import type { MachineSource } from "../schema-parts.ts"

/** One value or several, as a list. */
export const listOf = <A>(value: A | ReadonlyArray<A>): ReadonlyArray<A> =>
  Array.isArray(value) ? (value as ReadonlyArray<A>) : [value as A]

/** The trace that is open; counts have no tokens to run. */
export const traceOf = (run: RunKind, source: OpenedSource) =>
  source.kind === "trace"
    ? Effect.succeed(source.reader)
    : Effect.fail(
        new ExperimentError({
          reason: "BadValue",
          where: "trace",
          what: `${source.name} holds counts, and ${run} follows tokens`,
          hint: "give a store of traces; counts can be analysed, placed and advised on"
        })
      )

/** Changes of a machine as `--set` takes them. */
export const changeTexts = (set: MachineSource["set"] = {}): ReadonlyArray<string> =>
  Object.entries(set).map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)

/** The machines, changes as `--set` has them, and digests of the specs that are files. */
export const machinesOf = Effect.fnUntraced(function* ({ name, backend, units, set }: MachineSource) {
  const inputs = yield* ExperimentInputs
  const files: Record<string, string> = {}
  const machines: Array<MachineChoice> = []
  for (const one of listOf(name)) {
    if (!one.endsWith(".json")) machines.push(one)
    else {
      const file = yield* inputs.text(one)
      files[one] = sha256(file.text)
      machines.push(file)
    }
  }
  const changes = changeTexts(set)
  return {
    machines,
    files,
    sized: {
      ...(backend === undefined ? {} : { backend }),
      ...(units === undefined ? {} : { units }),
      ...(changes.length === 0 ? {} : { changes })
    }
  }
})

/** The one machine that a run is on. */
export const onlyMachine = Effect.fnUntraced(function* (run: RunKind, source: MachineSource) {
  const { machines, files, sized } = yield* machinesOf(source)
  const [machine, ...others] = machines
  if (machine !== undefined && others.length === 0) return { machine: { ...sized, machine }, files }
  return yield* new ExperimentError({
    reason: "BadValue",
    where: "machine.name",
    what: `${machines.length} machines, and ${run} runs on one`,
    hint: "name one, or vary machine.name by an axis"
  })
})

/** A plug-in as a key holds it: what it is, not where its file lies. */
export const placeless = (of: PluginReference): PluginReference => {
  const { path: _, ...reference } = of
  return reference
}

export const identityOf = (kind: PluginKind<any>, plugin: object): PluginReference =>
  placeless(referenceOf(kind, plugin))

/** What a machine is, whatever it is called: its backend and its whole spec. */
export const builtMachine = Effect.fnUntraced(function* (request: MachineRequest) {
  const { hardware } = yield* sizedMachine(request)
  return { name: hardware.machineName, backend: placeless(hardware.reference), spec: hardware.spec }
})

/** Name of a stage that may have options. */
export const useOf = (stage: string | { readonly use: string } | undefined, usual: string): string =>
  stage === undefined ? usual : typeof stage === "string" ? stage : stage.use
