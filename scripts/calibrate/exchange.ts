// Fits the exchange kernels to the measured one-node tables, prints the errors and writes packages/multi-gpu/calibration/exchange-h100.json.
// No seed and no clock: the search is deterministic, so the same tables give the same bytes.
//   node --conditions=@moira/source scripts/calibrate/exchange.ts ../shared/data/hardware [DATE]
import { createHash } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { moeLayerPs, touchedBalanced } from "../../packages/hardware/src/expert-time/index.ts"
import { dtypes, layerRows, layerTable, medianError, ofDtype } from "../../packages/hardware/src/calibration.ts"
import {
  type ExchangeRow,
  type LowLatencyExchangeRow,
  lowLatencyExchangeRows,
  lowLatencyExchangeTable,
  type NormalExchangeRow,
  normalExchangeRows,
  normalExchangeTable
} from "../../packages/hardware/src/calibration/measured.ts"
import { lowLatencyPs, normalPs } from "../../packages/multi-gpu/src/exchange/kernels.ts"
import { lowLatencyTokens } from "../../packages/multi-gpu/src/exchange/exchange.ts"
import { expertTimeOf, gpus } from "../../packages/multi-gpu/src/gpus.ts"
import { predictLayer } from "../../packages/multi-gpu/src/prediction/predict.ts"
import { reachedShare } from "../../packages/multi-gpu/src/prediction/reached.ts"
import { type Fit, fitConstants } from "./fit.ts"
import { calibration, digits, percent, printFit } from "./fit-report.ts"

const { date, out, read } = calibration("exchange.ts", "multi-gpu")
const ranks = 8

const directions = { dispatch: 1, combine: 2 } as const
type Direction = keyof typeof directions

const summary = <K extends string>(rows: number, fit: Fit<K>) => ({
  rows,
  medianError: fit.medianError,
  leftOutError: fit.heldOutError,
  byShape: Object.fromEntries(fit.byShape),
  leftOutByShape: Object.fromEntries(fit.heldOut)
})

const measured = <R extends ExchangeRow>(rows: ReadonlyArray<R>, direction: Direction) =>
  rows.map((row) => ({ ...row, measuredPs: direction === "dispatch" ? row.dispatchPs : row.combinePs }))

/** Bands of tokens a rank, to see where a law is weak. */
const printByTokens = (
  rows: ReadonlyArray<{ readonly tokens: number; readonly measuredPs: number; readonly modelledPs: number }>
) => {
  const bands = [1, 16, 128, 1024, 8192, Infinity]
  const line = bands.slice(1).map((to, i) => {
    const own = rows.filter(({ tokens }) => tokens >= bands[i]! && tokens < to)
    return `${bands[i]} up: ${own.length === 0 ? "no rows" : percent(medianError(own))}`
  })
  console.log(`  by tokens a rank: ${line.join(", ")}`)
}

const normal = (direction: Direction) => {
  const rows = measured(normalExchangeRows(read(normalExchangeTable)), direction)
  const bytes = directions[direction]
  const model = (constants: Parameters<typeof normalPs>[0], row: NormalExchangeRow) => {
    const copies = row.tokens * reachedShare(row.topK / ranks, row.topK, row.experts)
    const load = { tokens: row.tokens, copies: copies * ranks, nvlinkCopies: copies * (ranks - 1), nicCopies: 0 }
    return normalPs(constants, { ...gpus.h100, exchangeProcessors: row.processors }, load, row.hidden * bytes)
  }
  const fit = fitConstants({
    rows,
    start: { fixedPs: 25e6, tokenBytesPerSec: 1e9, processorBytesPerSec: 20e9, perTokenPs: 4e5 },
    model
  })
  printFit(`high throughput, ${direction} (hidden/experts/top-k)`, rows.length, fit)
  printByTokens(rows.map((row) => ({ ...row, modelledPs: model(fit.constants, row) })))
  const usual = rows.filter(({ processors }) => processors === 20)
  const at20 = medianError(usual.map((row) => ({ ...row, modelledPs: model(fit.constants, row) })))
  console.log(`  with 20 multiprocessors alone: ${percent(at20)}`)
  return { constants: fit.constants, errors: { ...summary(rows.length, fit), medianErrorAt20: at20 } }
}

const lowLatency = (direction: Direction) => {
  const rows = measured(lowLatencyExchangeRows(read(lowLatencyExchangeTable)), direction)
  const bytes = directions[direction]
  const model = (constants: Parameters<typeof lowLatencyPs>[0], row: LowLatencyExchangeRow) => {
    const away = (row.choices * (ranks - 1)) / ranks
    const load = { tokens: row.tokens, copies: row.choices, nvlinkCopies: away, nicCopies: 0 }
    return lowLatencyPs(constants, gpus.h100, load, row.hidden * bytes, row.experts)
  }
  const fit = fitConstants({
    rows,
    start: { fixedPs: 8e6, tokenBytesPerSec: 5e9, perExpertPs: 1.4e4, linkShare: 0.55, processorBytesPerSec: 5e9 },
    most: { linkShare: 1 },
    model
  })
  printFit(`low latency, ${direction} (hidden/experts/top-k)`, rows.length, fit)
  printByTokens(rows.map((row) => ({ ...row, modelledPs: model(fit.constants, row) })))
  return { constants: fit.constants, errors: summary(rows.length, fit) }
}

const fits = {
  dispatch: { normal: normal("dispatch"), lowLatency: lowLatency("dispatch") },
  combine: { normal: normal("combine"), lowLatency: lowLatency("combine") }
}
/**
 * Dispatch + experts + combine with as many tokens on each GPU as one GPU was measured with alone, modelled against the sum
 * of the three measurements. Under a balanced router each of eight ranks computes as many choices as its own tokens make.
 */
const wholeLayers = () => {
  const normalRows = new Map<string, ExchangeRow>()
  for (const row of normalExchangeRows(read(normalExchangeTable)))
    if (row.processors === gpus.h100.exchangeProcessors) normalRows.set(`${row.shape}/${row.tokens}`, row)
  const lowLatencyRows = new Map(
    lowLatencyExchangeRows(read(lowLatencyExchangeTable)).map((row) => [`${row.shape}/${row.tokens}`, row])
  )
  const summed = dtypes.map((dtype) => {
    const rows = layerRows(read(layerTable), dtype).flatMap((row) => {
      const key = `${row.hidden}/${row.experts}/${row.topK}/${row.tokens}`
      const lowLatencyRow = row.tokens <= lowLatencyTokens ? lowLatencyRows.get(key) : undefined
      const exchanged = lowLatencyRow ?? normalRows.get(key)
      if (exchanged === undefined) return []
      const experts = moeLayerPs(
        expertTimeOf(gpus.h100, dtype)!,
        { ...row, ...ofDtype[dtype] },
        touchedBalanced(row.tokens, row.topK, row.experts),
        row.tokens * row.topK
      )
      // The tables dispatch in 8 bits whatever the experts compute in.
      const kind = lowLatencyRow === undefined ? "normal" : "low-latency"
      const { dispatchPs, combinePs } = predictLayer({
        ...row,
        gpu: "h100",
        ranks,
        tokens: { perRank: row.tokens },
        dtype: "fp8",
        distribution: { kind: "balanced" },
        exchange: kind
      })
      return [
        {
          ...row,
          measuredPs: row.measuredPs + exchanged.dispatchPs + exchanged.combinePs,
          modelledPs: experts + dispatchPs + combinePs
        }
      ]
    })
    console.log(
      `\nWhole layers on eight GPUs, ${dtype}: ${rows.length} rows, median error ${percent(medianError(rows))}`
    )
    printByTokens(rows)
    const shapes = [...new Set(rows.map(({ shape }) => shape))]
    const byShape = Object.fromEntries(
      shapes.map((shape) => [shape, medianError(rows.filter((row) => row.shape === shape))])
    )
    for (const [shape, error] of Object.entries(byShape))
      console.log(`  ${shape.padEnd(18)} ${percent(error).padStart(7)}`)
    return [dtype, { rows: rows.length, medianError: medianError(rows), byShape }] as const
  })
  return Object.fromEntries(summed)
}

const layers = wholeLayers()
const tables = Object.fromEntries(
  [normalExchangeTable, lowLatencyExchangeTable].map((table) => [
    table,
    createHash("sha256").update(read(table)).digest("hex")
  ])
)
const source = "ai-dynamo/aiconfigurator, Apache-2.0: eight H100 SXM of one node"
writeFileSync(
  join(out, "exchange-h100.json"),
  `${JSON.stringify(digits({ tables, source, script: "scripts/calibrate/exchange.ts", fitted: date, fits, layers }), null, 2)}\n`
)
