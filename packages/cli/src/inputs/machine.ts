/** `--machine`, `--backend` and `--set` as a user gives them. */
import { type MachineChoice, type MachineRequest } from "@moira/pipeline"
import { Effect, Option } from "effect"
import { readText } from "./read-text.ts"

/** A name, or the text of a JSON file. */
export const machineChoice = (name: string) => {
  if (!name.endsWith(".json")) return Effect.succeed<MachineChoice>(name)
  const text = readText(name, {
    what: (words) => `cannot be read as JSON: ${words}`,
    hint: "give a machine name, or a JSON file with the backend's spec"
  })
  return Effect.map(text, (spec): MachineChoice => ({ name, text: spec }))
}

export interface BackendFlags {
  readonly backend: Option.Option<string>
  readonly set: Option.Option<ReadonlyArray<string>>
}

/** What holds for every machine of a command. */
export const backendOptions = ({ backend, set }: BackendFlags): Pick<MachineRequest, "backend" | "changes"> => ({
  ...Option.match(backend, { onNone: () => ({}), onSome: (name) => ({ backend: name }) }),
  ...Option.match(set, { onNone: () => ({}), onSome: (changes) => ({ changes }) })
})
