/**
 * Time of one MoE layer on one GPU: five constants a data type, fitted to measured layers by
 * `scripts/calibrate/experts.ts` and kept with their errors in `calibration/`: with a time an expert in
 * `moe-layer-h100.json`, with activation bytes instead in `moe-layer-activations-h100.json`, which is closer.
 */
import { roundRoofline } from "./roofline.ts"

/** Peak of the GPU for a data type and what the fit found of it. */
export interface ExpertTimeConstants {
  /** Data-sheet peak of the data type, dense; not fitted. */
  readonly peakFlopsPerSec: number
  /** Launches, routing and the like, once a layer. */
  readonly fixedPs: number
  /** Added by every expert touched. */
  readonly perExpertPs: number
  /**
   * Bytes that one choice moves for every element of the hidden size: gathered, quantised, written back, summed, in as many
   * passes as the kernels take; 2 x bytes of a weight + 4, a single pass each way, when left out.
   */
  readonly activationBytes?: number
  /** At which expert weights and activations stream. */
  readonly bytesPerSec: number
  /** Share of the peak that endless batches would reach, 0 to 1. */
  readonly efficiency: number
  /** How sharply reading gives way to arithmetic: the exponent of {@link roundRoofline}. */
  readonly corner: number
}

/** Constants of one data type among several that a GPU computes experts in. */
export interface WeightedExpertTime extends ExpertTimeConstants {
  readonly bytesPerWeight: number
}

/** The constants for weights of `bytesPerWeight`: of several those nearest in ratio, the first of equals. */
export const expertTimeFor = (
  fitted: ExpertTimeConstants | ReadonlyArray<WeightedExpertTime>,
  bytesPerWeight: number
): ExpertTimeConstants => {
  if (!Array.isArray(fitted)) return fitted as ExpertTimeConstants
  const far = (one: WeightedExpertTime) => Math.abs(Math.log(one.bytesPerWeight / bytesPerWeight))
  return (fitted as ReadonlyArray<WeightedExpertTime>).reduce((best, one) => (far(one) < far(best) ? one : best))
}

export interface MoeLayerShape {
  readonly hidden: number
  readonly expertFfn: number
  readonly bytesPerWeight: number
}

/**
 * Picoseconds, not rounded, of one layer that reads `touched` experts and computes `choices` = tokens x top-k:
 *
 *     fixed + perExpert x touched + roundRoofline(weights / bandwidth, FLOP / (peak x efficiency)) + activations
 *
 * with weights = touched x 3 x hidden x ffn x bytes, FLOP = 6 x hidden x ffn x choices, and activations
 * = choices x hidden x {@link ExpertTimeConstants.activationBytes} / bandwidth.
 */
export const moeLayerPs = (
  constants: ExpertTimeConstants,
  { hidden, expertFfn, bytesPerWeight }: MoeLayerShape,
  touched: number,
  choices: number
): number => {
  const psPerByte = 1e12 / constants.bytesPerSec
  const weights = touched * 3 * hidden * expertFfn * bytesPerWeight * psPerByte
  const flop = 6 * hidden * expertFfn * choices
  const compute = (flop * 1e12) / (constants.peakFlopsPerSec * constants.efficiency)
  const activations = choices * hidden * (constants.activationBytes ?? 2 * bytesPerWeight + 4) * psPerByte
  return (
    constants.fixedPs +
    constants.perExpertPs * touched +
    roundRoofline(weights, compute, constants.corner) +
    activations
  )
}

/**
 * Picoseconds, not rounded, that a rank spends on tokens of which it computes nothing: where all ranks see all tokens
 * (gathered, not dispatched), each writes a 16-bit output row for every one. Where inputs are quantised before they are
 * sorted by expert, as whole-tensor scales allow, it also reads 2 and writes `quantisedBytes` bytes an element. All at the
 * bandwidth of the experts.
 */
export const unusedTokensPs = (
  { bytesPerSec }: Pick<ExpertTimeConstants, "bytesPerSec">,
  hidden: number,
  tokens: number,
  quantisedBytes = 0
): number => (tokens * hidden * (2 + (quantisedBytes > 0 ? 2 + quantisedBytes : 0)) * 1e12) / bytesPerSec
