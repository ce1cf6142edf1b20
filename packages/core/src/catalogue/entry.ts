/** How entries of the catalogue are written: facts that most models share are left out. */
import type { Model } from "../model.ts"
import { bytesPerWeight, type WeightFormat } from "../weight-formats.ts"

export const every = (first: number, last: number, step = 1): Model["moe"] => ({ first, last, every: step })

/** Layers of a pattern of letters that are `E`. */
export const marked = (pattern: string): Model["moe"] => ({
  layers: pattern.split("").flatMap((letter, layer) => (letter === "E" ? [layer] : []))
})

type Entry = Omit<Model, "servingBytesPerWeight" | "weightFormat" | "sharedExperts"> & {
  readonly sharedExperts?: number
  readonly weightFormat: WeightFormat
}

export const entry = ({ sharedExperts = 0, ...facts }: Entry): Model => ({
  ...facts,
  sharedExperts,
  servingBytesPerWeight: bytesPerWeight(facts.weightFormat)
})
