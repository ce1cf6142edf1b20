/** The number format that a model's name says its weights are stored in. */
import { bareName } from "./model-name.ts"
import type { WeightFormat } from "./weight-formats.ts"

const formats: ReadonlyArray<readonly [ending: RegExp, format: WeightFormat]> = [
  [/[-.](?:bf16|fp16)(?:$|[-.])/, "bf16"],
  [/[-.]nvfp4(?:$|[-.])/, "nvfp4"],
  [/[-.](?:mxfp4|fp4)(?:$|[-.])/, "mxfp4"],
  [/[-.](?:awq|gptq|int4|w4a16|w4a8|4-?bit|q4(?:-[a-z0-9]+)*)(?:$|[-.])/, "int4-g128"],
  [/[-.](?:fp8|w8a8|int8|8-?bit)(?:$|[-.])/, "fp8"]
]

/** By the name's endings, such as `-FP8`; undefined where none says it. */
export const storedFormat = (name: string): WeightFormat | undefined =>
  formats.find(([ending]) => ending.test(bareName(name)))?.[1]
