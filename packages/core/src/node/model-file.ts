/** Models from where a user keeps them: the catalogue by name, or a JSON file. */
import { Effect, Schema } from "effect"
import * as fs from "node:fs/promises"
import { catalogue, findModel } from "../catalogue.ts"
import { Model, ModelError } from "../model.ts"
import { knownNames } from "../problem.ts"

const decodeModel = Schema.decodeUnknownEffect(Schema.fromJsonString(Model), {
  errors: "all",
  onExcessProperty: "error"
})

/** Reads a user's own model from a JSON file. */
export const loadModelFile = Effect.fn("trace.loadModelFile")(function* (path: string) {
  const text = yield* Effect.tryPromise({
    try: () => fs.readFile(path, "utf8"),
    catch: (cause) =>
      new ModelError({
        reason: "Unreadable",
        where: path,
        what: "the model file cannot be read",
        hint: "give the path of a JSON file with the fields of docs/reference/models.md",
        cause
      })
  })
  return yield* decodeModel(text).pipe(
    Effect.mapError(
      (cause) =>
        new ModelError({
          reason: "InvalidModel",
          where: path,
          what: cause.message.replaceAll(/\s*\n\s*/g, " "),
          hint: "see docs/reference/models.md for the fields of a model",
          cause
        })
    )
  )
})

/** A model by catalogue name, or from a user's JSON file when the name ends in `.json`. */
export const resolveModel = Effect.fn("trace.resolveModel")(function* (name: string) {
  if (name.endsWith(".json")) return yield* loadModelFile(name)
  const model = findModel(name)
  if (model !== undefined) return model
  const known = knownNames(
    name,
    catalogue.map((m) => m.id)
  )
  return yield* new ModelError({
    reason: "UnknownModel",
    where: name,
    what: "unknown model",
    hint: `known are ${known}; or give a model of your own as a .json file`
  })
})
