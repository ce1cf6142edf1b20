/** Rows of the measured H100 tables, from their text: plain CSV without quotes, one row a measurement, `latency_us`. */

import { type CsvRow, positive, rowsOf } from "./csv.ts"

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

/** One measured exchange of DeepEP, eight GPUs a server: every rank has the same tokens, whose experts are drawn evenly. */
export interface ExchangeRow {
  readonly shape: string
  readonly library: string
  readonly hidden: number
  readonly experts: number
  readonly topK: number
  /** On each rank. */
  readonly tokens: number
  /** Servers of eight GPUs. */
  readonly servers: number
  readonly dispatchPs: number
  readonly combinePs: number
}

const exchangeRow = (row: CsvRow, file: string, columns: readonly [dispatch: string, combine: string]): ExchangeRow => {
  const number = (column: string) => positive(row, column, file)
  const [hidden, experts, topK] = [number("hidden_size"), number("num_experts"), number("num_topk")]
  return {
    shape: `${hidden}/${experts}/${topK}`,
    library: row["src"] ?? "",
    hidden,
    experts,
    topK,
    tokens: number("num_token"),
    servers: number("node_num"),
    dispatchPs: number(columns[0]) * 1e6,
    combinePs: number(columns[1]) * 1e6
  }
}

/** File names of the tables of high-throughput kernels, one server and two. */
export const normalExchangeTable = "deepep_normal_h100_1node.csv"
export const twoServerExchangeTable = "deepep_normal_h100_2nodes_fit.csv"

export interface NormalExchangeRow extends ExchangeRow {
  readonly processors: number
  /** Telling ranks what comes; 0 in the table of one server, where the layout was known before. */
  readonly dispatchNoticePs: number
  readonly combineNoticePs: number
}

/** High-throughput kernels: dispatch in fp8 with block scales, combine in 16 bits. */
export const normalExchangeRows = (text: string): ReadonlyArray<NormalExchangeRow> =>
  rowsOf(text).map((row) => ({
    ...exchangeRow(row, "DeepEP normal", ["dispatch_transmit_us", "combine_transmit_us"]),
    processors: positive(row, "dispatch_sms", "DeepEP normal"),
    dispatchNoticePs: Number(row["dispatch_notify_us"]) * 1e6,
    combineNoticePs: Number(row["combine_notify_us"]) * 1e6
  }))

/** File names of the tables of low-latency kernels: one server of H100; two of them, and one of B200. */
export const lowLatencyExchangeTable = "deepep_low_latency_h100_1node.csv"
export const lowLatencyWiderTable = "deepep_low_latency_2nodes_b200_fit.csv"

export interface LowLatencyExchangeRow extends ExchangeRow {
  readonly gpu: "h100" | "b200"
  /** Messages that a rank sends: tokens x top-k, less those that one library version masks out at random. */
  readonly choices: number
}

/** Low-latency kernels; choices from the table's own bandwidth, which counts 2 bytes x hidden a choice in combine. */
export const lowLatencyExchangeRows = (text: string): ReadonlyArray<LowLatencyExchangeRow> =>
  rowsOf(text).map((row) => {
    const given = exchangeRow(row, "DeepEP low latency", ["dispatch_avg_t_us", "combine_avg_t_us"])
    const bytesPerSec = positive(row, "combine_bandwidth_gbps", "DeepEP low latency") * 1e9
    const gpu = row["system"] === "b200_sxm" ? "b200" : "h100"
    return { ...given, gpu, choices: (bytesPerSec * given.combinePs * 1e-12) / (2 * given.hidden) }
  })

/** File name of the table of TensorRT-LLM's all-to-all inside the NVLink domain of GB200. */
export const allToAllTable = "alltoall_gb200_trtllm_fit.csv"

export interface AllToAllRow {
  readonly kernel: "two-sided" | "one-sided"
  /** `combine-low-precision` sends results in 4 bits. */
  readonly stage: "prepare" | "dispatch" | "combine" | "combine-low-precision"
  readonly dtype: "bfloat16" | "fp8" | "nvfp4"
  readonly hidden: number
  readonly experts: number
  readonly topK: number
  readonly ranks: number
  /** On each rank. */
  readonly tokens: number
  readonly measuredPs: number
}

/** One stage a row, every rank with the same tokens, whose experts are drawn evenly; the table has milliseconds. */
export const allToAllRows = (text: string): ReadonlyArray<AllToAllRow> =>
  rowsOf(text).map((row) => {
    const number = (column: string) => positive(row, column, allToAllTable)
    return {
      kernel: row["kernel_source"] === "NVLinkOneSided" ? "one-sided" : "two-sided",
      stage: (row["op_name"] ?? "").replace("alltoall_", "").replaceAll("_", "-") as AllToAllRow["stage"],
      dtype: row["moe_dtype"] as AllToAllRow["dtype"],
      hidden: number("hidden_size"),
      experts: number("num_experts"),
      topK: number("topk"),
      ranks: number("moe_ep_size"),
      tokens: number("num_tokens"),
      measuredPs: number("latency") * 1e9
    }
  })
