/** Bytes that a token element takes on its way to the experts. */
import type { KernelRecord } from "./records.ts"

/** Four bits, and an 8-bit scale for every 16 elements. */
const nvfp4Bytes = 0.5 + 1 / 16
/** Eight bits, and a 32-bit scale for every 128 elements. */
const blockScaledBytes = 1 + 4 / 128

/**
 * Bytes of one element in dispatch, scales included. DeepEP scales 8-bit tokens by blocks whatever the experts do;
 * TensorRT-LLM sends `fp8` with one scale a tensor.
 */
export const dispatchBytesPerElement = (
  dtype: "bfloat16" | "fp8" | "fp8_block" | "nvfp4",
  library: KernelRecord["library"]
): number => {
  if (dtype === "bfloat16") return 2
  if (dtype === "nvfp4") return nvfp4Bytes
  return library === "deepep" || dtype === "fp8_block" ? blockScaledBytes : 1
}
