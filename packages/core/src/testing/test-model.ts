/** For tests: a small model, and a value without one of its fields. */
import type { Model } from "../model.ts"

/** A model of 4 MoE layers, 16 experts and top-2, with fields of one's own. */
export const makeModel = (fields: Partial<Model> = {}): Model => ({
  id: "test",
  title: "Test model",
  aliases: [],
  layers: 5,
  moe: { first: 1, last: 4, every: 1 },
  experts: 16,
  sharedExperts: 0,
  topK: 2,
  hidden: 64,
  expertFfn: 32,
  servingBytesPerWeight: 1,
  source: "made up for a test",
  ...fields
})

/** A value without one of its fields. */
export const without = (value: object, field: string) =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== field))
