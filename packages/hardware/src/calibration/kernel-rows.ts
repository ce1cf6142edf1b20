/** Rows of the measured tables of whole MoE layers, every routing and number of ranks, and which of them are set apart. */
import { positive, rowsOf } from "./csv.ts"

/** One measured layer of the rank with the most choices. */
export interface KernelRow {
  /** Data type as the table names it. */
  readonly dtype: string
  /** `moe_context` or `moe_generation` in tables of wide expert parallelism, empty in others. */
  readonly phase: string
  readonly shape: string
  readonly hidden: number
  readonly expertFfn: number
  readonly experts: number
  readonly topK: number
  readonly ranks: number
  /** `balanced`, `uniform` or `power_law_ALPHA`. */
  readonly distribution: string
  /** Of all ranks. */
  readonly tokens: number
  readonly measuredPs: number
}

/** File names of the tables that families of kernels are fitted to. */
export const kernelTables = {
  balanced: "moe_h100_balanced_1gpu.csv",
  skewed: "moe_h100_skewed_ep_fit.csv",
  nvfp4: "moe_b200_nvfp4_fit.csv",
  wideEp: "wideep_moe_sglang_h100_fit.csv"
} as const

/** All layers of a table that tensor parallelism does not slice. */
export const kernelRows = (text: string, file: string): ReadonlyArray<KernelRow> =>
  rowsOf(text)
    .filter((row) => (row["moe_tp_size"] ?? "1") === "1")
    .map((row) => {
      const number = (column: string) => positive(row, column, file)
      const [hidden, expertFfn, experts, topK] = [
        number("hidden_size"),
        number("inter_size"),
        number("num_experts"),
        number("topk")
      ]
      return {
        dtype: row["moe_dtype"] ?? "",
        phase: row["op_name"] ?? "",
        shape: `${hidden}/${expertFfn}/${experts}/${topK}`,
        hidden,
        expertFfn,
        experts,
        topK,
        ranks: number("moe_ep_size"),
        distribution: row["distribution"] ?? "",
        tokens: number("num_tokens"),
        measuredPs: number("latency_us") * 1e6
      }
    })

/** Whether a row's routing is as even as can be. */
export const isEven = ({ distribution }: KernelRow): boolean =>
  distribution === "balanced" || distribution === "uniform"

/** How much slower than a row of more work a row may be before its table contradicts it. */
export const contradiction = 1.3

/**
 * Rows that their own table contradicts: over 30 % slower than the same series (shape, data type, phase, routing) at more
 * tokens of as many ranks, or at as many tokens of fewer ranks, which is more work. Kernels with ill-chosen tactics were
 * timed there. By index.
 */
export const setApart = (rows: ReadonlyArray<KernelRow>): ReadonlySet<number> => {
  const series = new Map<string, Array<number>>()
  rows.forEach((row, i) => {
    const key = [row.phase, row.dtype, row.shape, row.distribution].join()
    series.set(key, [...(series.get(key) ?? []), i])
  })
  const apart = new Set<number>()
  for (const members of series.values())
    for (const i of members) {
      const row = rows[i]!
      const contradicted = members.some((j) => {
        const other = rows[j]!
        const more =
          (other.ranks === row.ranks && other.tokens > row.tokens) ||
          (other.tokens === row.tokens && other.ranks < row.ranks)
        return more && row.measuredPs > contradiction * other.measuredPs
      })
      if (contradicted) apart.add(i)
    }
  return apart
}
