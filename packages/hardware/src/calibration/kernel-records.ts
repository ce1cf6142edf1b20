/** The families of expert kernels that were measured, as data: what they are, who uses them, what they need. */

/** Serving engines that choose kernels by data type and phase. */
export const servingEngines = ["trtllm", "sglang", "vllm"] as const
export type ServingEngine = (typeof servingEngines)[number]

export const servingPhases = ["prefill", "decode"] as const
export type ServingPhase = (typeof servingPhases)[number]

/** Arithmetic of a GPU that a family needs. */
export type Arithmetic = "bf16" | "fp8" | "fp4"

/** A family before anything is fitted. */
export interface KernelRecord {
  readonly id: string
  readonly title: string
  /** As engines and tables name it. */
  readonly dtype: string
  /** Scales of blocks counted. */
  readonly bytesPerWeight: number
  /** GPUs without it do not run the family. */
  readonly arithmetic: Arithmetic
  readonly engines: ReadonlyArray<ServingEngine>
  readonly phases: ReadonlyArray<ServingPhase>
  /** GPU of the measurements and its data-sheet peak and bandwidth; other GPUs are scaled from it by theirs. */
  readonly measuredOn: {
    readonly gpu: string
    readonly flopsPerSec: number
    readonly memoryBytesPerSec: number
    readonly cacheBytes: number
  }
}

const h100 = { gpu: "H100 SXM", memoryBytesPerSec: 3.35e12, cacheBytes: 50e6 }
const all = { engines: servingEngines, phases: servingPhases }

/** Of two that fit a question the first is taken. 16-bit and 8-bit Triton kernels were not measured: CUTLASS stands for them. */
export const kernelRecords = [
  {
    id: "cutlass-bf16",
    title: "CUTLASS grouped GEMM, bfloat16",
    dtype: "bfloat16",
    bytesPerWeight: 2,
    arithmetic: "bf16",
    ...all,
    measuredOn: { ...h100, flopsPerSec: 989e12 }
  },
  {
    id: "cutlass-fp8",
    title: "CUTLASS grouped GEMM, fp8 with one scale a tensor",
    dtype: "fp8",
    bytesPerWeight: 1,
    arithmetic: "fp8",
    ...all,
    measuredOn: { ...h100, flopsPerSec: 1979e12 }
  },
  {
    id: "cutlass-fp8-block",
    title: "TensorRT-LLM grouped GEMM, fp8 with a scale for every 128 x 128 weights",
    dtype: "fp8_block",
    bytesPerWeight: 1,
    arithmetic: "fp8",
    engines: ["trtllm"],
    phases: servingPhases,
    measuredOn: { ...h100, flopsPerSec: 1979e12 }
  },
  {
    id: "deepgemm-contiguous",
    title: "DeepGEMM, experts' rows one after the other, padded to 128",
    dtype: "fp8_block",
    bytesPerWeight: 1,
    arithmetic: "fp8",
    engines: ["sglang", "vllm"],
    phases: ["prefill"],
    measuredOn: { ...h100, flopsPerSec: 1979e12 }
  },
  {
    id: "deepgemm-masked",
    title: "DeepGEMM, a masked buffer for every expert, replayed as a graph",
    dtype: "fp8_block",
    bytesPerWeight: 1,
    arithmetic: "fp8",
    engines: ["sglang", "vllm"],
    phases: ["decode"],
    measuredOn: { ...h100, flopsPerSec: 1979e12 }
  },
  {
    id: "cutlass-nvfp4",
    title: "CUTLASS grouped GEMM, 4 bits and an 8-bit scale for every 16 weights",
    dtype: "nvfp4",
    bytesPerWeight: 0.5625,
    arithmetic: "fp4",
    ...all,
    measuredOn: { gpu: "B200", flopsPerSec: 9000e12, memoryBytesPerSec: 7.7e12, cacheBytes: 126e6 }
  }
] as const satisfies ReadonlyArray<KernelRecord>

export type KernelId = (typeof kernelRecords)[number]["id"]
