/** Whole layers of one server: dispatch, experts and combine against the sum of three measurements. */
import { dtypes, layerRows, layerTable, medianError } from "../../../packages/hardware/src/calibration.ts"
import {
  lowLatencyExchangeRows,
  lowLatencyExchangeTable,
  normalExchangeRows,
  normalExchangeTable
} from "../../../packages/hardware/src/calibration/measured.ts"
import { lowLatencyTokens } from "../../../packages/multi-gpu/src/exchange/exchange.ts"
import { gpus } from "../../../packages/multi-gpu/src/gpus.ts"
import { predictLayer } from "../../../packages/multi-gpu/src/prediction/predict.ts"
import { percent } from "../fit-report.ts"
import { byTokens } from "./fits.ts"

const ranks = 8

/**
 * As many tokens on each GPU as one GPU was measured with alone: under a balanced router each of eight ranks computes as many
 * choices as its own tokens make. The tables dispatch in 8 bits whatever the experts compute in.
 */
export const wholeLayers = (read: (table: string) => string) => {
  const normal = new Map(
    normalExchangeRows(read(normalExchangeTable))
      .filter(({ processors }) => processors === gpus.h100.exchangeProcessors)
      .map((row) => [`${row.shape}/${row.tokens}`, row])
  )
  const lowLatency = new Map(
    lowLatencyExchangeRows(read(lowLatencyExchangeTable)).map((row) => [`${row.shape}/${row.tokens}`, row])
  )
  const summed = dtypes.map((dtype) => {
    const rows = layerRows(read(layerTable), dtype).flatMap((row) => {
      const key = `${row.hidden}/${row.experts}/${row.topK}/${row.tokens}`
      const few = row.tokens <= lowLatencyTokens ? lowLatency.get(key) : undefined
      const exchanged = few ?? normal.get(key)
      if (exchanged === undefined) return []
      const question = { ...row, gpu: "h100", distribution: { kind: "balanced" } } as const
      const { expertsPs } = predictLayer({ ...question, ranks: 1, tokens: { total: row.tokens }, dtype })
      const { dispatchPs, combinePs } = predictLayer({
        ...question,
        ranks,
        tokens: { perRank: row.tokens },
        dtype: "fp8",
        exchange: few === undefined ? "normal" : "low-latency"
      })
      const measuredPs = row.measuredPs + exchanged.dispatchPs + exchanged.combinePs
      return [{ ...row, measuredPs, modelledPs: expertsPs + dispatchPs + combinePs }]
    })
    const shapes = [...new Set(rows.map(({ shape }) => shape))]
    const byShape = Object.fromEntries(
      shapes.map((shape) => [shape, medianError(rows.filter((row) => row.shape === shape))])
    )
    console.log(
      `\nWhole layers on eight GPUs, ${dtype}: ${rows.length} rows, median error ${percent(medianError(rows))}, worst shape ${percent(Math.max(...Object.values(byShape)))}`
    )
    console.log(`  by tokens a rank: ${byTokens(rows)}`)
    return [dtype, { rows: rows.length, medianError: medianError(rows), byShape }] as const
  })
  return Object.fromEntries(summed)
}
