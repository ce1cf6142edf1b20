/** Time of single GEMMs and of one expert's three, and of one copy between two GPUs: what Figure 13 compares. */
import { roundRoofline } from "./roofline.ts"

/** Five constants a data type, in `calibration/expert-gemms-h100.json`. */
export interface GemmConstants {
  /** Data-sheet peak of the data type, dense; not fitted. */
  readonly peakFlopsPerSec: number
  readonly bytesPerWeight: number
  /** Launch, prologue and epilogue of one GEMM. */
  readonly fixedPs: number
  readonly bytesPerSec: number
  /** Share of the peak that full waves of tiles reach. */
  readonly efficiency: number
  readonly corner: number
  /** How much of a last, partly filled wave of tiles is lost: 0 nothing, 1 all of it. */
  readonly waveLoss: number
}

/** Streaming multiprocessors of an H100 SXM and rows and columns of a usual output tile. */
const multiprocessors = 132
const tile = 128

/** Picoseconds of an `m x k` by `k x n` product; inputs and the 16-bit output cross memory once. */
export const gemmPs = (constants: GemmConstants, m: number, n: number, k: number): number => {
  const { bytesPerWeight, bytesPerSec, peakFlopsPerSec, efficiency, corner, waveLoss, fixedPs } = constants
  const bytes = (m * k + n * k) * bytesPerWeight + 2 * m * n
  const tiles = Math.ceil(m / tile) * Math.ceil(n / tile)
  const waves = tiles / multiprocessors
  const stretched = (Math.ceil(waves) / waves) ** waveLoss
  const compute = (2 * m * n * k * stretched * 1e12) / (peakFlopsPerSec * efficiency)
  return fixedPs + roundRoofline((bytes * 1e12) / bytesPerSec, compute, corner)
}

/**
 * Picoseconds of one expert's products for `tokens` tokens, one after the other: gate, up and down, or up and down alone
 * where it has two matrices.
 */
export const expertGemmsPs = (
  constants: GemmConstants,
  hidden: number,
  expertFfn: number,
  tokens: number,
  matrices: 2 | 3 = 3
): number =>
  (matrices - 1) * gemmPs(constants, tokens, expertFfn, hidden) + gemmPs(constants, tokens, hidden, expertFfn)

/** Two constants of a link, in `calibration/transfers-h100.json`. */
export interface TransferConstants {
  readonly latencyPs: number
  readonly bytesPerSec: number
}

/** Picoseconds of a copy: latency + bytes / bandwidth, the law that links of every machine follow here. */
export const transferPs = ({ latencyPs, bytesPerSec }: TransferConstants, bytes: number): number =>
  latencyPs + (bytes * 1e12) / bytesPerSec
