/** Constants that were fitted to measurements of H100 GPUs, from the calibration files that hold them with their errors. */
import type { WeightedExpertTime } from "@moira/hardware"
import { activationFits, type Dtype } from "@moira/hardware/calibration"

/** What the one-GPU fit found of an H100, without the peak. */
export type FittedExperts = Omit<WeightedExpertTime, "peakFlopsPerSec" | "bytesPerWeight">

const withoutPeak = ({ peakFlopsPerSec: _peak, bytesPerWeight: _bytes, ...found }: WeightedExpertTime): FittedExperts =>
  found

/** One H100; `bytesPerSec` is achieved. */
export const expertConstants: Record<Dtype, FittedExperts> = {
  bfloat16: withoutPeak(activationFits.bfloat16),
  fp8: withoutPeak(activationFits.fp8),
  fp8_block: withoutPeak(activationFits.fp8_block)
}
