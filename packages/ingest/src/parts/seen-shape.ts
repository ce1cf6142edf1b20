/** Which models of the catalogue have the shape that a file shows. */
import { catalogue, choosableIds, type Model, moeLayers } from "@moira/core"
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
  /** Ids of the first record; -1, 255 and 65,535 are fill. */
  readonly ids?: ArrayLike<number>
}

/** More ids than these tell no more. */
const mostIds = 1 << 20

/** The highest expert of the ids, and how many ids there are. */
const idsSeen = (ids: ArrayLike<number> = []): { readonly highest: number; readonly count: number } => {
  let highest = -1
  let count = 0
  for (let i = 0; i < Math.min(ids.length, mostIds); i++) {
    const id = ids[i]!
    if (id < 0 || id === 255 || id >= 65_535) continue
    count++
    if (id > highest) highest = id
  }
  return { highest, count }
}

/** Layers, top-k and experts of the model are those of the file, as far as it shows them. */
export const fits = (model: Model, seen: SeenShape): boolean => {
  const { layers, layerNumbers, topK, layersTimesTopK, idsPerLayer, experts, ids } = seen
  if (idsPerLayer !== undefined && idsPerLayer % model.topK !== 0) return false
  if (topK !== undefined && topK !== model.topK) return false
  if (experts !== undefined && experts !== model.experts && experts !== choosableIds(model)) return false
  if (idsSeen(ids).highest >= choosableIds(model)) return false
  if (layers !== undefined && placesByCount(model, layers) === undefined) return false
  if (layerNumbers !== undefined && placesByNumber(model, layerNumbers) === undefined) return false
  return layersTimesTopK === undefined || placesByCount(model, layersTimesTopK / model.topK) !== undefined
}

/** The shape in words. */
export const told = (seen: SeenShape): string =>
  [
    seen.layers === undefined ? [] : [`${seen.layers} layers`],
    seen.layerNumbers === undefined ? [] : [`${seen.layerNumbers.length} layers`],
    seen.topK === undefined ? [] : [`top-${seen.topK}`],
    seen.layersTimesTopK === undefined ? [] : [`${seen.layersTimesTopK} ids a token`],
    seen.experts === undefined ? [] : [`${seen.experts} experts`]
  ]
    .flat()
    .join(", ")

const sameShape = (a: Model, b: Model): boolean =>
  a.layers === b.layers &&
  a.topK === b.topK &&
  choosableIds(a) === choosableIds(b) &&
  String(moeLayers(a)) === String(moeLayers(b))

/**
 * Many ids, up to near the highest of the model with the fewest experts and none above it, would be no accident were there
 * more experts: those of a fourth of the ids alone would stay below by chance less often than once in 10,000.
 */
const shownByIds = (models: ReadonlyArray<Model>, seen: SeenShape): ReadonlyArray<Model> => {
  const { highest, count } = idsSeen(seen.ids)
  const fewest = Math.min(...models.map(choosableIds))
  if (highest + 1 < 0.75 * fewest) return models
  return models.filter((model) => (fewest / choosableIds(model)) ** (count / 4) >= 1e-4)
}

/** Models of the shape: of one shape where the file shows enough, the first of the catalogue first. */
export const matching = (seen: SeenShape): ReadonlyArray<Model> => {
  const models = catalogue.filter((model) => fits(model, seen))
  return models.length < 2 ? models : shownByIds(models, seen)
}

/** Names of models, as a sentence has them. */
export const listed = (models: ReadonlyArray<Model>): string =>
  new Intl.ListFormat("en-GB").format(models.map((model) => model.id))

/** The end of a sentence on a model that was taken by its shape: who else has it. */
export const sharedBy = (others: ReadonlyArray<Model>): string =>
  others.length === 0 ? "" : `, which ${listed(others)} ${others.length > 1 ? "share" : "shares"}`

/** True where the models cannot be told apart by any trace. */
export const alike = (models: ReadonlyArray<Model>): boolean => models.every((model) => sameShape(model, models[0]!))
