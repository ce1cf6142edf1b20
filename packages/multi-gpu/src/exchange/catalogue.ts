/** The kernels there are, and which of them a machine runs. */
import type { ServingEngine } from "@moira/hardware/calibration"
import { Schema } from "effect"
import internode from "../../calibration/deepep-internode.json" with { type: "json" }
import intranode from "../../calibration/deepep-intranode.json" with { type: "json" }
import lowLatencyBlackwell from "../../calibration/deepep-low-latency-blackwell.json" with { type: "json" }
import lowLatencyHopper from "../../calibration/deepep-low-latency-hopper.json" with { type: "json" }
import oneSided from "../../calibration/trtllm-one-sided.json" with { type: "json" }
import twoSided from "../../calibration/trtllm-two-sided.json" with { type: "json" }
import twoSidedLowPrecision from "../../calibration/trtllm-two-sided-low-precision.json" with { type: "json" }
import { type Architecture, type exchangeModes, KernelRecord } from "./records.ts"

const decode = Schema.decodeUnknownSync(KernelRecord)

export const exchangeKernels: ReadonlyArray<KernelRecord> = [
  intranode,
  internode,
  lowLatencyHopper,
  lowLatencyBlackwell,
  twoSided,
  twoSidedLowPrecision,
  oneSided
].map((record) => decode(record))

/** Share of a NIC's data-sheet rate that large transfers reach: two nodes of H100. */
export const { nicShare } = lowLatencyHopper

export type ExchangeMode = (typeof exchangeModes)[number]

/** Which kernels: `auto` takes what the engine does on the machine. */
export type ExchangeKind = "auto" | ExchangeMode

/** What decides which kernels run. */
export interface KernelChoice {
  readonly kind: ExchangeKind
  /** `hopper` when left out: what was measured most. */
  readonly architecture?: Architecture | undefined
  /** By the machine when left out: `trtllm` on `grace-blackwell`. */
  readonly engine?: ServingEngine | undefined
  readonly servers: number
}

/** Kernels of one machine: for so few tokens a rank that engines set low-latency buffers up for them, and for more. */
export interface ChosenKernels {
  readonly few: KernelRecord
  readonly many: KernelRecord
}

/** Why there is none, and what comes nearest. */
export interface NoKernel {
  readonly what: string
  readonly hint: string
}

/** Engines take kernels of their own inside a rack, DeepEP's between servers and on other machines. */
const modesOf = ({
  kind,
  architecture,
  engine = "trtllm",
  servers
}: KernelChoice): readonly [few: ExchangeMode, many: ExchangeMode] => {
  if (kind !== "auto") return [kind, kind]
  const rack = architecture === "grace-blackwell" && servers === 1 && engine === "trtllm"
  return rack ? ["two-sided", "two-sided"] : ["low-latency", "normal"]
}

/** The kernels that a machine runs, or what is wrong with asking for them. */
export const chooseKernels = (choice: KernelChoice): ChosenKernels | NoKernel => {
  const { architecture = "hopper", servers } = choice
  const runs = (kernel: KernelRecord): boolean =>
    kernel.architectures.includes(architecture) &&
    (kernel.servers === "any" || kernel.servers === (servers === 1 ? "one" : "several"))
  const [few, many] = modesOf(choice).map((mode) => exchangeKernels.find((one) => one.mode === mode && runs(one)))
  if (few !== undefined && many !== undefined) return { few, many }
  const able = [...new Set(exchangeKernels.filter(runs).map(({ mode }) => mode))]
  const [asked] = modesOf(choice)
  const inRack = exchangeKernels.some((kernel) => kernel.mode === asked && kernel.architectures.includes(architecture))
  return {
    what: `exchange ${asked}: no such kernel for ${architecture} GPUs in ${servers} server${servers === 1 ? "" : "s"}`,
    // Kernels over NVLink alone are made for throughput, as the normal ones are.
    hint: inRack
      ? `it needs one NVLink domain: give gpusPerServer as many GPUs as share it (72 in a rack), or take "normal", the nearest`
      : `the nearest is "normal"; ${able.join(", ")} run there`
  }
}
