/** Rows of the measured H100 tables, from their text: plain CSV without quotes, one row a measurement, `latency_us`. */

type Row = Readonly<Record<string, string>>

const rowsOf = (text: string): ReadonlyArray<Row> => {
  const [header = "", ...lines] = text.trim().split(/\r?\n/)
  const columns = header.split(",")
  return lines.map((line) => {
    const cells = line.split(",")
    return Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? ""]))
  })
}

/** A finite number above zero in a row, or an error that names table and column. */
const positive = (row: Row, column: string, file: string): number => {
  const value = Number(row[column])
  if (!(value > 0 && value < Infinity)) throw new Error(`${file}, column ${column}: ${row[column]} is not above 0`)
  return value
}

/** Data types of the tables: `fp8_block` scales blocks of 128 x 128 weights apart. */
export const dtypes = ["bfloat16", "fp8", "fp8_block"] as const
export type Dtype = (typeof dtypes)[number]

/** Dense peak of an H100 SXM (data sheet) and bytes of a weight. */
export const ofDtype: Record<Dtype, { readonly peakFlopsPerSec: number; readonly bytesPerWeight: number }> = {
  bfloat16: { peakFlopsPerSec: 989e12, bytesPerWeight: 2 },
  fp8: { peakFlopsPerSec: 1979e12, bytesPerWeight: 1 },
  fp8_block: { peakFlopsPerSec: 1979e12, bytesPerWeight: 1 }
}

/** One measured MoE layer. */
export interface LayerRow {
  readonly shape: string
  readonly hidden: number
  readonly expertFfn: number
  readonly experts: number
  readonly topK: number
  readonly tokens: number
  readonly measuredPs: number
}

/** File name of the table. */
export const layerTable = "moe_h100_balanced_1gpu.csv"

/** Balanced layers on one whole GPU; rows of a split layer (tensor or expert parallel) would be other work. */
export const layerRows = (text: string, dtype: Dtype): ReadonlyArray<LayerRow> =>
  rowsOf(text)
    .filter((row) => row["moe_dtype"] === dtype && row["distribution"] === "balanced")
    .filter((row) => row["moe_tp_size"] === "1" && row["moe_ep_size"] === "1")
    .map((row) => {
      const number = (column: string) => positive(row, column, layerTable)
      const [hidden, expertFfn, experts, topK] = [
        number("hidden_size"),
        number("inter_size"),
        number("num_experts"),
        number("topk")
      ]
      const shape = `${hidden}/${expertFfn}/${experts}/${topK}`
      return {
        shape,
        hidden,
        expertFfn,
        experts,
        topK,
        tokens: number("num_tokens"),
        measuredPs: number("latency_us") * 1e6
      }
    })

/** One measured product. */
export interface GemmRow {
  readonly shape: string
  readonly m: number
  readonly n: number
  readonly k: number
  readonly measuredPs: number
}

/** File name of the table. */
export const gemmTable = "gemm_h100.csv"

/** All products of a data type. */
export const gemmRows = (text: string, dtype: Dtype): ReadonlyArray<GemmRow> =>
  rowsOf(text)
    .filter((row) => row["dtype"] === dtype)
    .map((row) => {
      const [m, n, k] = [positive(row, "m", gemmTable), positive(row, "n", gemmTable), positive(row, "k", gemmTable)]
      return { shape: `${n}x${k}`, m, n, k, measuredPs: positive(row, "latency_us", gemmTable) * 1e6 }
    })

/** One measured exchange of two GPUs. */
export interface TransferRow {
  readonly library: string
  /** One way, over the link. */
  readonly bytes: number
  readonly measuredPs: number
}

/** File name of the table. */
export const transferTable = "nccl_h100.csv"

/**
 * All-to-all of two GPUs: each keeps half of its bytes and sends the other half, so half of `bytes` crosses the link
 * each way (`busbw_GBs` says the same). 16-bit rows of one library; plain copies are not in the table.
 */
export const transferRows = (text: string, library: string): ReadonlyArray<TransferRow> =>
  rowsOf(text)
    .filter((row) => row["op"] === "alltoall" && row["num_gpus"] === "2" && row["dtype"] === "half")
    .filter((row) => row["src"] === library)
    .map((row) => ({
      library,
      bytes: positive(row, "bytes", transferTable) / 2,
      measuredPs: positive(row, "latency_us", transferTable) * 1e6
    }))

/** One measured exchange of the eight GPUs of a node: every rank has the same tokens, whose experts are drawn evenly. */
export interface ExchangeRow {
  readonly shape: string
  readonly library: string
  readonly hidden: number
  readonly experts: number
  readonly topK: number
  /** On each rank. */
  readonly tokens: number
  readonly dispatchPs: number
  readonly combinePs: number
}

const exchangeRow = (row: Row, file: string, columns: readonly [dispatch: string, combine: string]): ExchangeRow => {
  const number = (column: string) => positive(row, column, file)
  const [hidden, experts, topK] = [number("hidden_size"), number("num_experts"), number("num_topk")]
  return {
    shape: `${hidden}/${experts}/${topK}`,
    library: row["src"] ?? "",
    hidden,
    experts,
    topK,
    tokens: number("num_token"),
    dispatchPs: number(columns[0]) * 1e6,
    combinePs: number(columns[1]) * 1e6
  }
}

/** File name of the table of high-throughput kernels. */
export const normalExchangeTable = "deepep_normal_h100_1node.csv"

export interface NormalExchangeRow extends ExchangeRow {
  readonly processors: number
}

/** High-throughput kernels: dispatch in fp8 with the layout known before (the table's notify time is 0), combine in 16 bits. */
export const normalExchangeRows = (text: string): ReadonlyArray<NormalExchangeRow> =>
  rowsOf(text).map((row) => ({
    ...exchangeRow(row, normalExchangeTable, ["dispatch_transmit_us", "combine_transmit_us"]),
    processors: positive(row, "dispatch_sms", normalExchangeTable)
  }))

/** File name of the table of low-latency kernels. */
export const lowLatencyExchangeTable = "deepep_low_latency_h100_1node.csv"

export interface LowLatencyExchangeRow extends ExchangeRow {
  /** Messages that a rank sends: tokens x top-k, less those that one library version masks out at random. */
  readonly choices: number
}

/** Low-latency kernels; choices from the table's own bandwidth, which counts 2 bytes x hidden a choice in combine. */
export const lowLatencyExchangeRows = (text: string): ReadonlyArray<LowLatencyExchangeRow> =>
  rowsOf(text).map((row) => {
    const given = exchangeRow(row, lowLatencyExchangeTable, ["dispatch_avg_t_us", "combine_avg_t_us"])
    const bytesPerSec = positive(row, "combine_bandwidth_gbps", lowLatencyExchangeTable) * 1e9
    return { ...given, choices: (bytesPerSec * given.combinePs * 1e-12) / (2 * given.hidden) }
  })
