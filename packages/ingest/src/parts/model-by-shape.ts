/** Decides whose trace some files are: by request, by path, by a name in the file, or by a shape only one model has. */
import { catalogue, findModel, type Model } from "@moira/core"
import { Effect } from "effect"
import { contentError } from "../fault/content-error.ts"
import { IngestError } from "../fault/error.ts"
import type { LabelledFile } from "./layout.ts"
import { modelOf } from "./model-of.ts"
import { placesByCount, placesByNumber } from "./layers.ts"

/** What a file shows of its model; what is left out is not known. */
export interface SeenShape {
  /** A model's name as the file gives it. */
  readonly name?: string | undefined
  /** How many layers a token has, or the product of that and the top-k where only the product shows. */
  readonly layers?: number
  readonly layerNumbers?: ReadonlyArray<number>
  readonly topK?: number
  readonly layersTimesTopK?: number
  /** A multiple of the top-k. */
  readonly idsPerLayer?: number
  readonly experts?: number | undefined
  readonly highestExpert?: number
}

const fits = (model: Model, seen: SeenShape): boolean => {
  const { layers, layerNumbers, topK, layersTimesTopK, idsPerLayer, experts, highestExpert } = seen
  if (idsPerLayer !== undefined && idsPerLayer % model.topK !== 0) return false
  if (topK !== undefined && topK !== model.topK) return false
  if (experts !== undefined && experts !== model.experts) return false
  if (highestExpert !== undefined && highestExpert >= model.experts) return false
  if (layers !== undefined && placesByCount(model, layers) === undefined) return false
  if (layerNumbers !== undefined && placesByNumber(model, layerNumbers) === undefined) return false
  return layersTimesTopK === undefined || placesByCount(model, layersTimesTopK / model.topK) !== undefined
}

const told = (seen: SeenShape): string =>
  [
    seen.layers === undefined ? [] : [`${seen.layers} layers`],
    seen.layerNumbers === undefined ? [] : [`${seen.layerNumbers.length} layers`],
    seen.topK === undefined ? [] : [`top-${seen.topK}`],
    seen.layersTimesTopK === undefined ? [] : [`${seen.layersTimesTopK} ids a token`],
    seen.experts === undefined ? [] : [`${seen.experts} experts`]
  ]
    .flat()
    .join(", ")

/** The model asked for, or named by the paths, or named in the first file, or the only one of its shape. */
export const modelFor = Effect.fn("ingest.modelFor")(function* (
  files: ReadonlyArray<LabelledFile>,
  asked: string | Model | undefined,
  look: () => SeenShape
) {
  if (asked !== undefined || files.some((file) => file.model !== undefined)) return yield* modelOf(files, asked)
  const first = files[0]!.path
  const seen = yield* Effect.try({ try: look, catch: contentError(first) })
  const named = seen.name === undefined ? undefined : findModel(seen.name)
  if (named !== undefined) return named
  const matching = catalogue.filter((model) => fits(model, seen))
  if (matching.length === 1) return matching[0]!
  const shape = told(seen)
  const which =
    shape === ""
      ? "does not show enough of its shape"
      : matching.length === 0
        ? `no model of the catalogue has ${told(seen)}`
        : `${matching.map((model) => model.id).join(" and ")} all have ${told(seen)}`
  return yield* new IngestError({
    reason: "UnknownModel",
    where: first,
    what: `the file does not say which model it is of, and ${which}`,
    hint: `name it with --model (known are ${catalogue.map((model) => model.id).join(", ")}), or give a model of your own as a .json file`
  })
})
