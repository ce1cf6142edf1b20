/** Which MoE layer of a model each layer of a file is. */
import type { Model } from "@moira/core"
import { moeLayers } from "@moira/core/thread"

/** `[layer of the file]` place among the model's MoE layers, -1 for a dense layer. */
export type LayerPlaces = Int32Array

/**
 * Places where a file only counts its layers: it has the MoE layers alone, or every hidden layer (engines allocate
 * their buffers so). Undefined where the count fits neither.
 */
export const placesByCount = (model: Model, count: number): LayerPlaces | undefined => {
  const moe = moeLayers(model)
  if (count === moe.length) return Int32Array.from(moe.keys())
  if (count !== model.layers) return undefined
  const places = new Int32Array(count).fill(-1)
  moe.forEach((layer, index) => {
    places[layer] = index
  })
  return places
}

/**
 * Places where a file numbers its layers, as a map. The numbers are the model's own, or count its MoE layers from 0 or
 * from 1; undefined where they are none of these.
 */
export const placesByNumber = (model: Model, numbers: Iterable<number>): ReadonlyMap<number, number> | undefined => {
  const moe = moeLayers(model)
  const sorted = [...numbers].toSorted((a, b) => a - b)
  const is = (expected: (index: number) => number) => sorted.every((layer, i) => layer === expected(i))
  if (sorted.length !== moe.length) return undefined
  if (!is((i) => moe[i]!) && !is((i) => i) && !is((i) => i + 1) && !is((i) => moe[i]! + 1)) return undefined
  return new Map(sorted.map((layer, index) => [layer, index]))
}

/** For messages: how many layers the model has. */
export const layersOf = (model: Model): string => {
  const moe = moeLayers(model).length
  return `${model.id} has ${moe} MoE layers${moe === model.layers ? "" : ` of ${model.layers}`}`
}
