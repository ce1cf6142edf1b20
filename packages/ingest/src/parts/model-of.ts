/** Decides whose trace some files are. */
import { bareName, catalogue, knownNames, type Model } from "@moira/core"
import { readModel } from "@moira/core/node"
import { Effect } from "effect"
import { IngestError } from "../fault/error.ts"
import type { LabelledFile } from "./layout.ts"
import { ModelNotes } from "./model-notes.ts"

/** Ids of the catalogue that are most like `name`. */
export const likeModels = (name: string): string =>
  knownNames(
    bareName(name),
    catalogue.map((model) => model.id),
    4
  ).replace(/ and \d+ more$/, "")

const byName = Effect.fnUntraced(function* (name: string) {
  const { model, taken = [] } = yield* readModel(name).pipe(
    Effect.mapError(
      (cause) =>
        new IngestError({ reason: "UnknownModel", where: cause.where, what: cause.what, hint: cause.hint, cause })
    )
  )
  const assumed = taken.filter((fact) => fact.assumed).map(({ fact, from }) => `${fact} (${from})`)
  if (assumed.length > 0)
    (yield* ModelNotes).push(`assumed of the model, its configuration says nothing: ${assumed.join(", ")}`)
  return model
})

/** The model that was asked for, or the one that the paths of all files name. */
export const modelOf = Effect.fn("ingest.modelOf")(function* (
  files: ReadonlyArray<LabelledFile>,
  asked: string | Model | undefined
) {
  if (typeof asked === "string") return yield* byName(asked)
  if (asked !== undefined) return asked
  const first = files[0]!
  const known = first.model
  if (known === undefined) {
    return yield* new IngestError({
      reason: "UnknownModel",
      where: first.path,
      what: "its path does not say which model it is of",
      hint: `name it with --model (moira model lists those that are known), or keep the data set's layout ORG/MODEL/BENCHMARK/SUBJECT/N.json`
    })
  }
  const other = files.find((file) => file.model?.id !== known.id)
  if (other === undefined) return known
  return yield* new IngestError({
    reason: "MixedModels",
    where: other.path,
    what: `is of ${other.model?.id ?? "no model that its path names"}, while ${first.path} is of ${known.id}`,
    hint: "read one model at a time, or name it with --model"
  })
})
