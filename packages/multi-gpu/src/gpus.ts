/** Data-sheet facts of GPUs, and what of them measurements of an H100 reach. Sources are in `calibration.json`. */
import { nicShare } from "./exchange/catalogue.ts"
import type { Architecture } from "./exchange/records.ts"
import { blackwellRates, hopperLinks } from "./links.ts"

/** One GPU and its links; rates are one way and dense. */
export interface Gpu {
  /** What exchange kernels are built for; `hopper` when left out. */
  readonly architecture?: Architecture
  readonly bf16FlopsPerSec: number
  /** Left out where the GPU has no 8-bit arithmetic. */
  readonly fp8FlopsPerSec?: number
  /** Left out where the GPU has no 4-bit arithmetic. */
  readonly fp4FlopsPerSec?: number
  readonly memoryBytes: number
  readonly memoryBytesPerSec: number
  /** Last-level cache, for benchmarks that replay one layer; none when left out. */
  readonly cacheBytes?: number
  /** Data-sheet rates, and the share of any link that large transfers reach. */
  readonly nvlinkBytesPerSec: number
  readonly nicBytesPerSec: number
  readonly linkShare: number
  /** The same of a NIC; `linkShare` when left out. */
  readonly nicShare?: number
  readonly nicLatencyPs: number
  /** Multiprocessors that high-throughput exchange kernels get. */
  readonly exchangeProcessors: number
}

const links = { ...hopperLinks, nicShare }
const blackwell = { ...links, architecture: "blackwell", cacheBytes: 126e6, ...blackwellRates } as const
const graceBlackwell = { ...blackwell, architecture: "grace-blackwell" } as const

const hopper = {
  architecture: "hopper",
  bf16FlopsPerSec: 989e12,
  fp8FlopsPerSec: 1979e12,
  memoryBytes: 80e9,
  memoryBytesPerSec: 3.35e12,
  cacheBytes: 50e6
} as const

/** GPUs by name. Expert kernels were measured on `h100` and `b200`; the others are scaled by these numbers, and nothing is fitted again. */
export const gpus = {
  h100: { ...hopper, ...links },
  h200: { ...hopper, ...links, memoryBytes: 141e9, memoryBytesPerSec: 4.8e12 },
  h800: { ...hopper, ...links, nvlinkBytesPerSec: 200e9 },
  b200: {
    bf16FlopsPerSec: 2250e12,
    fp8FlopsPerSec: 4500e12,
    fp4FlopsPerSec: 9000e12,
    memoryBytes: 180e9,
    memoryBytesPerSec: 7.7e12,
    ...blackwell
  },
  gb200: {
    bf16FlopsPerSec: 2500e12,
    fp8FlopsPerSec: 5000e12,
    fp4FlopsPerSec: 10_000e12,
    memoryBytes: 185e9,
    memoryBytesPerSec: 8e12,
    ...graceBlackwell
  },
  b300: {
    bf16FlopsPerSec: 2250e12,
    fp8FlopsPerSec: 4500e12,
    fp4FlopsPerSec: 14_000e12,
    memoryBytes: 268e9,
    memoryBytesPerSec: 7.75e12,
    ...blackwell
  },
  gb300: {
    bf16FlopsPerSec: 2500e12,
    fp8FlopsPerSec: 5000e12,
    fp4FlopsPerSec: 15_000e12,
    memoryBytes: 277e9,
    memoryBytesPerSec: 8e12,
    ...graceBlackwell
  }
} as const satisfies Record<string, Gpu>

export type GpuName = keyof typeof gpus
