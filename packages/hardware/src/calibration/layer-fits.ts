/**
 * Constants fitted to measured MoE layers of one H100, as `scripts/calibrate/experts.ts` wrote them beside their errors: with
 * a time an expert, and with activation bytes instead, which is closer. `bytesPerSec` is what was achieved.
 */
import byActivations from "../../calibration/moe-layer-activations-h100.json" with { type: "json" }
import byExperts from "../../calibration/moe-layer-h100.json" with { type: "json" }
import type { WeightedExpertTime } from "../expert-time/moe-layer.ts"
import type { Dtype } from "./measured.ts"

/** With a time an expert touched: `calibration/moe-layer-h100.json`. */
export const layerFits: Record<Dtype, WeightedExpertTime> = {
  bfloat16: byExperts.fits.bfloat16.constants,
  fp8: byExperts.fits.fp8.constants,
  fp8_block: byExperts.fits.fp8_block.constants
}

/** With the bytes that a choice moves besides weights: `calibration/moe-layer-activations-h100.json`. */
export const activationFits: Record<Dtype, WeightedExpertTime & { readonly activationBytes: number }> = {
  bfloat16: byActivations.fits.bfloat16.constants,
  fp8: byActivations.fits.fp8.constants,
  fp8_block: byActivations.fits.fp8_block.constants
}
