/** What describes a cluster of GPUs: the data sheet of one, how many to a server, how many servers, and the shares measured. */
import { Picoseconds, PositiveCount, Rate, ReservedShare, Share } from "@moira/core"
import { servingEngines } from "@moira/hardware/calibration"
import { Schema } from "effect"
import { architectures, exchangeModes } from "./exchange/records.ts"

export const ClusterSpec = Schema.Struct({
  servers: PositiveCount,
  /** GPUs that share one NVLink switch. */
  gpusPerServer: PositiveCount,
  /** In which experts are computed; by the bytes of the model's weights when left out: 16-bit ones in bfloat16, others in fp8. */
  dtype: Schema.optionalKey(Schema.String),
  /** A family of expert kernels by its id, with the dtype it computes in; by engine and dtype when left out. */
  kernels: Schema.optionalKey(Schema.String),
  /** Kernels that send tokens: what the engine takes, by tokens a rank, when left out. */
  exchange: Schema.optionalKey(Schema.Literals(["auto", ...exchangeModes])),
  /**
   * Whose kernels are taken. When left out those of TensorRT-LLM compute experts, measured for every data type, and send
   * tokens in an NVLink rack; elsewhere DeepEP's send them.
   */
  engine: Schema.optionalKey(Schema.Literals(servingEngines)),
  /** What exchange kernels are built for; `hopper` when left out. */
  architecture: Schema.optionalKey(Schema.Literals(architectures)),
  /** Dense peaks of one GPU; left out where it has no such arithmetic. */
  bf16FlopsPerSec: Rate,
  fp8FlopsPerSec: Schema.optionalKey(Rate),
  fp4FlopsPerSec: Schema.optionalKey(Rate),
  memoryBytes: Rate,
  /** Kept for attention weights, KV cache, activations and the runtime. */
  memoryReservedShare: ReservedShare,
  /** Data-sheet bandwidth of one GPU's memory. */
  memoryBytesPerSec: Rate,
  memoryLatencyPs: Picoseconds,
  /** Data-sheet rates, one way: of a GPU into its NVLink switch, and of the NIC that each GPU has to itself. */
  nvlinkBytesPerSec: Rate,
  nicBytesPerSec: Rate,
  /** Share of them that large transfers reach; NICs have one of their own where it is given. */
  linkShare: Share,
  nicShare: Schema.optionalKey(Share),
  nvlinkLatencyPs: Picoseconds,
  nicLatencyPs: Picoseconds,
  /** Multiprocessors that high-throughput exchange kernels get. */
  exchangeProcessors: PositiveCount
})
export type ClusterSpec = typeof ClusterSpec.Type
