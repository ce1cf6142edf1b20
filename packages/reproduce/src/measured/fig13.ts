/** Figure 13: one expert's three GEMMs over batch sizes, and copies between two GPUs, measured beside modelled. */
import type { TimedPair, GemmRow, TransferRow } from "@moira/hardware/calibration"
import { expertGemmsPs, type GemmConstants, type TransferConstants, transferPs } from "@moira/hardware"

export interface ExpertPoint extends TimedPair {
  readonly tokens: number
}

/**
 * One point for each batch size at which the table has all three products of the expert: gate and up (`ffn x hidden`)
 * and down (`hidden x ffn`). Empty where it lacks one: then there is nothing measured to compare with.
 */
export const fig13Expert = (
  constants: GemmConstants,
  hidden: number,
  expertFfn: number,
  measured: ReadonlyArray<GemmRow>
): ReadonlyArray<ExpertPoint> => {
  const timeOf = (n: number, k: number) =>
    new Map(measured.filter((row) => row.n === n && row.k === k).map((row) => [row.m, row.measuredPs]))
  const down = timeOf(hidden, expertFfn)
  return [...timeOf(expertFfn, hidden)]
    .flatMap(([tokens, upPs]) => {
      const downPs = down.get(tokens)
      if (downPs === undefined) return []
      const modelledPs = expertGemmsPs(constants, hidden, expertFfn, tokens)
      return [{ tokens, measuredPs: 2 * upPs + downPs, modelledPs }]
    })
    .toSorted((a, b) => a.tokens - b.tokens)
}

export interface TransferPoint extends TimedPair {
  readonly bytes: number
}

/** One point for each measured exchange, by size. */
export const fig13Transfers = (
  constants: TransferConstants,
  measured: ReadonlyArray<TransferRow>
): ReadonlyArray<TransferPoint> =>
  measured
    .map(({ bytes, measuredPs }) => ({ bytes, measuredPs, modelledPs: transferPs(constants, bytes) }))
    .toSorted((a, b) => a.bytes - b.bytes)
