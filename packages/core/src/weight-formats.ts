/**
 * Number formats that expert weights are served in, with the bytes that their scales add. A scale of a whole tensor or of
 * a row adds less than a thousandth and is left out.
 */
import { Schema } from "effect"

export const weightFormats = {
  bf16: 2,
  fp16: 2,
  fp32: 4,
  /** One scale a tensor or a row. */
  fp8: 1,
  /** One 32-bit scale for 128 x 128 weights, as DeepSeek-V3 is published. */
  "fp8-block128": 1 + 4 / (128 * 128),
  /** One 8-bit scale for 32 weights (OCP microscaling). */
  mxfp8: 1 + 1 / 32,
  mxfp4: 1 / 2 + 1 / 32,
  /** One 8-bit scale for 16 weights. */
  nvfp4: 1 / 2 + 1 / 16,
  int8: 1,
  /** One 16-bit scale for each group of 128, 64 or 32 weights. */
  "int4-g128": 1 / 2 + 2 / 128,
  "int4-g64": 1 / 2 + 2 / 64,
  "int4-g32": 1 / 2 + 2 / 32,
  /** AWQ and asymmetric GPTQ: a 4-bit zero point beside the 16-bit scale of 128 weights. */
  "int4-g128-zp": 1 / 2 + 2 / 128 + 1 / 256
} as const

export type WeightFormat = keyof typeof weightFormats

export const WeightFormat = Schema.Literals(Object.keys(weightFormats) as ReadonlyArray<WeightFormat>)

/** Bytes of one weight with its share of the scales. */
export const bytesPerWeight = (format: WeightFormat): number => weightFormats[format]
