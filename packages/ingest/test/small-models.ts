/** Models with few layers, one for each way in which decoding differs. */
import type { Model } from "@moira/core"
import { tiny } from "./tiny.ts"

const variant = (id: string, change: Partial<Model>): Model => ({ ...tiny, ...change, id, title: id })

export const small: ReadonlyArray<Model> = [
  // Eight ids a row, the case that has code of its own, and ids of 1-3 digits up to 255.
  variant("eight", { layers: 4, moe: { first: 1, last: 3, every: 1 }, experts: 256, topK: 8 }),
  // One id a row, dense layers between the others and after the last.
  variant("one", { layers: 6, moe: { first: 0, last: 4, every: 2 }, experts: 128, topK: 1 }),
  // Odd top-k.
  variant("three", { layers: 3, moe: { first: 0, last: 2, every: 1 }, experts: 30, topK: 3 }),
  // Ids of four digits, which are not guessed.
  variant("many", { layers: 2, moe: { first: 0, last: 1, every: 1 }, experts: 1200, topK: 4 })
]
