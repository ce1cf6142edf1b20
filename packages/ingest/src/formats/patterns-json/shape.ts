/** What a patterns-json file must look like to be of a model. */
import type { Model } from "@moira/core"
import { choosableIds, moeLayers } from "@moira/core/thread"

export interface PatternShape {
  readonly modelId: string
  /** Hidden layers in all; every element names each of them. */
  readonly layers: number
  readonly moeLayers: number
  /** Ids that rows may hold: of experts, and of zero experts. */
  readonly experts: number
  readonly topK: number
  /** `[layers]` place of a layer among the MoE layers, -1 for a dense one. */
  readonly moeIndex: Int32Array
}

export const patternShape = (model: Model): PatternShape => {
  const moe = moeLayers(model)
  const moeIndex = new Int32Array(model.layers).fill(-1)
  moe.forEach((layer, index) => {
    moeIndex[layer] = index
  })
  const { id, layers, topK } = model
  return { modelId: id, layers, moeLayers: moe.length, experts: choosableIds(model), topK, moeIndex }
}
