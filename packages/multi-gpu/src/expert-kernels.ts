/** Which kernels compute experts on a GPU, and how fast: fitted where they were measured, scaled by data sheet to others. */
import type { WeightedExpertTime } from "@moira/hardware"
import {
  type Arithmetic,
  chooseKernels,
  type KernelFamily,
  type KernelQuestion,
  type KernelRefusal
} from "@moira/hardware/calibration"
import type { Gpu } from "./gpus.ts"

/** Data types that kernels were measured in. */
export type ExpertDtype = "bfloat16" | "fp8" | "fp8_block" | "nvfp4"

type DataSheet = Pick<Gpu, "bf16FlopsPerSec" | "fp8FlopsPerSec" | "fp4FlopsPerSec" | "memoryBytesPerSec">

const peakOf = (gpu: DataSheet, arithmetic: Arithmetic): number | undefined =>
  ({ bf16: gpu.bf16FlopsPerSec, fp8: gpu.fp8FlopsPerSec, fp4: gpu.fp4FlopsPerSec })[arithmetic]

const arithmeticOf = (gpu: DataSheet): ReadonlyArray<Arithmetic> =>
  (["bf16", "fp8", "fp4"] as const).filter((one) => peakOf(gpu, one) !== undefined)

/** What a question says of kernels besides the GPU. */
export type KernelChoice = Omit<KernelQuestion, "arithmetic" | "dtype">

export interface ExpertKernels {
  readonly family: KernelFamily
  readonly time: WeightedExpertTime
}

/** The family and its times on the GPU: peak and bandwidth by data sheet, the shares as measured; or why there is none. */
export const expertKernels = (
  gpu: DataSheet,
  question: Omit<KernelQuestion, "arithmetic">
): ExpertKernels | KernelRefusal => {
  const family = chooseKernels({ ...question, arithmetic: arithmeticOf(gpu) })
  if ("what" in family) return family
  const { constants, measuredOn, bytesPerWeight } = family
  const bytesPerSec = (constants.bytesPerSec * gpu.memoryBytesPerSec) / measuredOn.memoryBytesPerSec
  const peakFlopsPerSec = peakOf(gpu, family.arithmetic)!
  return { family, time: { ...constants, peakFlopsPerSec, bytesPerSec, bytesPerWeight, kernels: family.id } }
}

/** Expert times of a GPU in a data type; undefined where it lacks the arithmetic. */
export const expertTimeOf = (
  gpu: DataSheet,
  dtype: ExpertDtype,
  choice: KernelChoice = {}
): WeightedExpertTime | undefined => {
  const chosen = expertKernels(gpu, { dtype, ...choice })
  return "time" in chosen ? chosen.time : undefined
}
