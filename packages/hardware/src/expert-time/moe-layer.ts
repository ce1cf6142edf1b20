/**
 * Time of one rank's experts in a MoE layer, one law for every machine: what the fits in `calibration/expert-kernels.json`
 * found of the kernels that were measured, and what a layer of any shape and any skew then takes.
 */
import { roundRoofline } from "./roofline.ts"

/** How kernels cut an expert's tokens into tiles of rows; each tile streams the expert's weights through the caches again. */
export interface TileConstants {
  /** A tile has the next power of two of the layer's mean tokens an expert, between these two. */
  readonly leastRows: number
  readonly mostRows: number
  /** Streaming the weights once more takes as long as the arithmetic of this many rows. */
  readonly overheadRows: number
  /** How much of a last, partly filled tile is lost: 0 nothing, 1 all of it. */
  readonly loss: number
}

/** Peak of the GPU for a data type and what the fit found of it. */
export interface ExpertTimeConstants {
  /** Data-sheet peak of the data type, dense; not fitted. */
  readonly peakFlopsPerSec: number
  /** Launches, routing and the like, once a layer. */
  readonly fixedPs: number
  /** Added by every expert that lies on the rank, touched or not: kernels look at them all. */
  readonly perResidentPs: number
  /** At which expert weights and activations stream. */
  readonly bytesPerSec: number
  /** Share of the peak that tiles without end would reach, 0 to 1. */
  readonly efficiency: number
  /** How sharply reading an expert gives way to its arithmetic: the exponent of {@link roundRoofline}. */
  readonly corner: number
  /**
   * Bytes that one choice moves for every element of the hidden size: gathered, quantised, written back, summed, in as many
   * passes as the kernels take; 2 x bytes of a weight + 4, a single pass each way, when left out.
   */
  readonly activationBytes?: number
  /** Bytes an element of the hidden size for a token that the rank sees and computes nothing of; 2, an output row, when left out. */
  readonly unusedBytes?: number
  /** Rows cost alike where left out. */
  readonly tile?: TileConstants
  /** Id of the family of kernels that was measured. */
  readonly kernels?: string
  /** What the host takes to launch the kernels one by one; the layer takes at least that. None when they are replayed as a graph. */
  readonly launchPs?: number
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

/** Share of the peak that whole tiles of the largest size reach: what a machine without tiles may be given. */
export const bestEfficiency = ({ efficiency, tile }: Pick<ExpertTimeConstants, "efficiency" | "tile">): number =>
  tile === undefined ? efficiency : efficiency / (1 + tile.overheadRows / tile.mostRows)

export interface MoeLayerShape {
  /** Width at which routed experts work. */
  readonly hidden: number
  readonly expertFfn: number
  /** Matrices of hidden x ffn an expert; 3, gate, up and down, when left out. */
  readonly matrices?: number
  readonly bytesPerWeight: number
}

/** Weights of one expert: matrices x hidden x ffn. */
export const shapeParameters = ({ matrices = 3, hidden, expertFfn }: Omit<MoeLayerShape, "bytesPerWeight">): number =>
  matrices * hidden * expertFfn

/** The law for one shape; times are picoseconds, not rounded. Calls allocate nothing. */
export interface ExpertTimer {
  /** Rows of a tile where an expert of the layer gets `meanTokens` on average; infinite where rows cost alike. */
  readonly tileRows: (meanTokens: number) => number
  /** Reading one touched expert and computing `tokens` of it in tiles of `tileRows`. `read` is the share of its bytes that memory gives. */
  readonly expertPs: (tokens: number, tileRows: number, read?: number) => number
  /** The layer around `expertsPs`, the sum over touched experts. */
  readonly layerPs: (expertsPs: number, resident: number, choices: number, unusedTokens?: number) => number
}

const nextPowerOfTwo = (value: number): number => 2 ** Math.ceil(Math.log2(value))

/**
 * The law:
 *
 *     layer  = max(launch, fixed + perResident x resident + sum over touched experts + activations + unused)
 *     expert = roundRoofline(weights / bandwidth, rows x (1 + overheadRows / tile) x FLOP a row / (peak x efficiency))
 *     rows   = tokens + loss x (tokens up to whole tiles - tokens)
 *
 * with weights = parameters x bytes, FLOP a row = 2 x parameters, parameters = 3 x hidden x ffn (2 without a gate), activations = choices x hidden x activationBytes /
 * bandwidth and unused = tokens of others x hidden x unusedBytes / bandwidth.
 */
export const expertTimer = (constants: ExpertTimeConstants, shape: MoeLayerShape): ExpertTimer => {
  const { tile, corner, fixedPs, perResidentPs, launchPs = 0 } = constants
  const parameters = shapeParameters(shape)
  const psPerByte = 1e12 / constants.bytesPerSec
  const readPs = parameters * shape.bytesPerWeight * psPerByte
  const rowPs = (2 * parameters * 1e12) / (constants.peakFlopsPerSec * constants.efficiency)
  const choicePs = shape.hidden * (constants.activationBytes ?? 2 * shape.bytesPerWeight + 4) * psPerByte
  const unusedPs = shape.hidden * (constants.unusedBytes ?? 2) * psPerByte
  return {
    tileRows: (meanTokens) =>
      tile === undefined ? Infinity : Math.min(tile.mostRows, Math.max(tile.leastRows, nextPowerOfTwo(meanTokens))),
    expertPs: (tokens, tileRows, read = 1) => {
      if (tile === undefined) return roundRoofline(readPs * read, tokens * rowPs, corner)
      const whole = Math.ceil(tokens / tileRows) * tileRows
      const rows = tokens + tile.loss * (whole - tokens)
      return roundRoofline(readPs * read, rows * (1 + tile.overheadRows / tileRows) * rowPs, corner)
    },
    layerPs: (expertsPs, resident, choices, unusedTokens = 0) =>
      Math.max(launchPs, fixedPs + perResidentPs * resident + expertsPs + choices * choicePs + unusedTokens * unusedPs)
  }
}

/**
 * Picoseconds, not rounded, of one layer whose `choices` = tokens x top-k fall on `touched` experts alike, of `resident`
 * that lie there; as many as are touched when left out.
 */
export const moeLayerPs = (
  constants: ExpertTimeConstants,
  shape: MoeLayerShape,
  touched: number,
  choices: number,
  resident: number = touched
): number => {
  const { tileRows, expertPs, layerPs } = expertTimer(constants, shape)
  const each = touched === 0 ? 0 : choices / touched
  // Few touched experts of many mean small tiles, as the mean is over all that lie there.
  const rows = tileRows(choices / Math.max(1, resident))
  return layerPs(touched * expertPs(each, rows), resident, choices)
}
