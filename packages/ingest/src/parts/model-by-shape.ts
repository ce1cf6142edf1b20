/** Decides whose trace some files are: by request, by path, by a name in the file, or by a shape only one model has. */
import { bytesPerWeight, findModel, isVariantOf, type Model, plainName, storedFormat } from "@moira/core"
import { Effect } from "effect"
import { contentError } from "../fault/content-error.ts"
import { IngestError } from "../fault/error.ts"
import { layersOf } from "./layers.ts"
import type { LabelledFile } from "./layout.ts"
import { ModelNotes } from "./model-notes.ts"
import { likeModels, modelOf } from "./model-of.ts"
import { alike, fits, listed, matching, type SeenShape, sharedBy, told } from "./seen-shape.ts"

export type { SeenShape } from "./seen-shape.ts"

/** A name as a file gives it: it may be of any length and hold anything. */
const quoted = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}...` : name)

/** The model, and what to say of how it was found; or why there is none. */
type Decision =
  | { readonly model: Model; readonly notes: ReadonlyArray<string> }
  | { readonly reason: "UnknownModel" | "WrongShape"; readonly what: string; readonly hint: string }

const ownFile = "or give its config.json, or a model of your own as a .json file, with --model"

/** What a name says of the weights that the catalogue's model is not usually served with. */
const otherWeights = (name: string, model: Model): string | undefined => {
  const format = storedFormat(name)
  const served = model.servingBytesPerWeight
  if (format === undefined || Math.abs(bytesPerWeight(format) / served - 1) < 0.1) return undefined
  return `the file says ${quoted(name)}: its weights are counted as those of ${model.id}, ${served} bytes each; simulate and offload take another format with --bytes-per-weight`
}

/** Models that share their facts share an entry: a name that is not the entry's own is told. */
const otherName = (name: string, model: Model): string | undefined => {
  const own = [model.id, model.aliases.find((alias) => alias.includes("/")) ?? model.id].map(plainName)
  return own.includes(plainName(name))
    ? undefined
    : `the file says ${quoted(name)}, whose facts are those of ${model.id}`
}

/** The catalogue knows the name: the shape must not contradict it. */
const byName = (name: string, model: Model, seen: SeenShape): Decision => {
  if (fits(model, seen)) {
    const notes = [otherName(name, model), otherWeights(name, model)].filter((note) => note !== undefined)
    return { model, notes }
  }
  const others = matching(seen)
  return {
    reason: "WrongShape",
    what: `the file says that it is of ${quoted(name)}, but has ${told(seen)} where ${layersOf(model)}, ${model.experts} experts, top-${model.topK}`,
    hint: `it is of another model or holds a part of the layers; name the right one with --model${others.length > 0 ? ` (${listed(others)} would fit)` : ""}, ${ownFile}`
  }
}

/** The catalogue does not know the name: its shape may help only where the name is of the same family. */
const byUnknownName = (name: string, seen: SeenShape): Decision => {
  const models = matching(seen)
  const [first] = models
  const variant = models.find((model) => [model.id, ...model.aliases].some((known) => isVariantOf(name, known)))
  if (variant !== undefined && alike(models))
    return {
      model: variant,
      notes: [`taken for ${variant.id} by its shape (${told(seen)}); the file says ${quoted(name)}`]
    }
  const shape =
    first === undefined
      ? `no model there has ${told(seen)}`
      : `${listed(models)} ${models.length > 1 ? "have" : "has"} ${told(seen)} as the file has`
  return {
    reason: "UnknownModel",
    what: `the file says that it is of ${quoted(name)}, which is not in the catalogue${told(seen) === "" ? "" : `; ${shape}`}`,
    hint:
      first === undefined
        ? `name its model with --model (like it are ${likeModels(name)}; moira model lists all), ${ownFile}`
        : `if its layers, experts and widths are those of ${first.id}, say so with --model ${first.id}; ${ownFile}`
  }
}

/** No name: a shape that one model has. */
const byShape = (seen: SeenShape): Decision => {
  const models = matching(seen)
  const [first, ...others] = models
  const shape = told(seen)
  if (first !== undefined && shape !== "" && alike(models)) {
    return {
      model: first,
      notes: [`no model is named: taken for ${first.id} by its shape (${shape})${sharedBy(others)}`]
    }
  }
  const which =
    shape === ""
      ? "does not show enough of its shape"
      : first === undefined
        ? `no model of the catalogue has ${shape}`
        : `${listed(models)} all have ${shape}`
  return {
    reason: "UnknownModel",
    what: `the file does not say which model it is of, and ${which}`,
    hint: `name it with --model${first === undefined ? " (moira model lists those that are known)" : ""}, ${ownFile}`
  }
}

/**
 * The model asked for, or named by the paths, or named in the first file, or the only one of its shape. What was not said but
 * concluded goes to {@link ModelNotes}.
 */
export const modelFor = Effect.fn("ingest.modelFor")(function* (
  files: ReadonlyArray<LabelledFile>,
  asked: string | Model | undefined,
  look: () => SeenShape
) {
  if (asked !== undefined || files.some((file) => file.model !== undefined)) return yield* modelOf(files, asked)
  const first = files[0]!.path
  const seen = yield* Effect.try({ try: look, catch: contentError(first) })
  const named = seen.name === undefined ? undefined : findModel(seen.name)
  const decided =
    seen.name === undefined || seen.name === ""
      ? byShape(seen)
      : named === undefined
        ? byUnknownName(seen.name, seen)
        : byName(seen.name, named, seen)
  if ("reason" in decided) return yield* new IngestError({ ...decided, where: first })
  const notes = yield* ModelNotes
  notes.push(...decided.notes)
  return decided.model
})
