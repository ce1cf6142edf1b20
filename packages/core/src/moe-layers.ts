/** Which layers of a model have experts, and which ids its router may choose; without imports, so that worker threads start fast. */
import type { Model } from "./model.ts"

/** Real numbers of the MoE layers, ascending. */
export const moeLayers = ({ moe }: Pick<Model, "moe">): ReadonlyArray<number> => {
  if ("layers" in moe) return moe.layers
  const { first, last, every } = moe
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => first + i * every)
}

/** Ids that a router may choose: of experts, and of zero experts after them. */
export const choosableIds = (model: Pick<Model, "experts" | "zeroExperts">): number =>
  model.experts + (model.zeroExperts ?? 0)
