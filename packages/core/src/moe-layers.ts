/** Which layers of a model have experts; without imports, so that worker threads start fast. */
import type { Model } from "./model.ts"

/** Real numbers of the MoE layers, ascending. */
export const moeLayers = (model: Pick<Model, "moe">): ReadonlyArray<number> => {
  const { first, last, every } = model.moe
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => first + i * every)
}
