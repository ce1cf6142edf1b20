/** What a user asks for: `MODEL[/BENCHMARK[/SUBJECT]]`, where a model has several names. */
import { Effect } from "effect"
import { catalogue, findModel, knownNames } from "@moira/core"
import { HubError } from "./error.ts"

export interface Wanted {
  /** `ORG/MODEL` folders that the data set may have for the model, best first. */
  readonly models: ReadonlyArray<string>
  /** `BENCHMARK`, or `BENCHMARK/SUBJECT`, or empty. */
  readonly below: string
}

const refuse = (text: string, what: string, hint: string) =>
  new HubError({ reason: "BadOption", where: text, what, hint })

const sameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()

/** The hub paths of a model named by catalogue name or alias; a hub path stands for itself in its right spelling. */
const hubPaths = (name: string): ReadonlyArray<string> => {
  const paths = findModel(name)?.aliases.filter((alias) => alias.includes("/")) ?? []
  const exact = paths.find((path) => sameName(path, name))
  if (exact !== undefined) return [exact]
  // Another organisation's folder is not that of the model with the same name.
  return name.includes("/") ? [] : paths
}

/** Reads `MODEL[/BENCHMARK[/SUBJECT]]`; a hub path that the catalogue lacks is taken as it is. */
export const readWanted = Effect.fnUntraced(function* (text: string): Effect.fn.Return<Wanted, HubError> {
  const parts = text.replace(/\/$/, "").split("/")
  if (parts.some((part) => part === "" || part === "." || part === ".." || part.includes("\\")))
    return yield* refuse(text, "is not MODEL[/BENCHMARK[/SUBJECT]]", "for example llama4-maverick/mmlu/anatomy")
  const [first, second] = parts
  const asPath = `${first}/${second}`
  const byPath = second === undefined ? [] : hubPaths(asPath)
  const byName = hubPaths(first!)
  const models = byPath.length > 0 ? byPath : byName.length > 0 ? byName : second === undefined ? [] : [asPath]
  if (models.length === 0) {
    const ids = catalogue.map((model) => model.id)
    return yield* refuse(text, "unknown model", `known are ${knownNames(text, ids)}; or give its hub path ORG/MODEL`)
  }
  const below = parts.slice(byPath.length === 0 && byName.length > 0 ? 1 : 2)
  if (below.length > 2) return yield* refuse(text, "goes deeper than a subject", "fetch the subject's folder")
  return { models, below: below.join("/") }
})
