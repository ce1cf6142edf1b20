/**
 * Time of one MoE layer on one GPU: five constants a data type, fitted to measured layers by
 * `scripts/calibrate/experts.ts` and kept with their errors in `calibration/moe-layer-h100.json`.
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
  /** At which expert weights and activations stream. */
  readonly bytesPerSec: number
  /** Share of the peak that endless batches would reach, 0 to 1. */
  readonly efficiency: number
  /** How sharply reading gives way to arithmetic: the exponent of {@link roundRoofline}. */
  readonly corner: number
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
 * = choices x hidden x (2 x bytes + 4) / bandwidth (gathered, written back and summed in 16 bits).
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
  const activations = choices * hidden * (2 * bytesPerWeight + 4) * psPerByte
  return (
    constants.fixedPs +
    constants.perExpertPs * touched +
    roundRoofline(weights, compute, constants.corner) +
    activations
  )
}
