/** What describes a cluster of GPUs: the data sheet of one, how many to a server, how many servers, and the shares measured. */
import { Schema } from "effect"
import { expertDtypes } from "./gpus.ts"

const Count = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(1)))
const Rate = Schema.Finite.pipe(Schema.check(Schema.isGreaterThan(0)))
const Share = Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true })))
const WholePs = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

export const ClusterSpec = Schema.Struct({
  servers: Count,
  /** GPUs that share one NVLink switch. */
  gpusPerServer: Count,
  /** In which experts are computed; by the bytes of the model's weights when left out: 16-bit ones in bfloat16, others in fp8. */
  dtype: Schema.optionalKey(Schema.Literals(expertDtypes)),
  /** Kernels that send tokens; by tokens a rank when left out. */
  exchange: Schema.optionalKey(Schema.Literals(["auto", "normal", "low-latency"])),
  /** Dense peaks of one GPU. */
  bf16FlopsPerSec: Rate,
  fp8FlopsPerSec: Rate,
  fp4FlopsPerSec: Schema.optionalKey(Rate),
  memoryBytes: Rate,
  /** Kept for attention weights, KV cache, activations and the runtime. */
  memoryReservedShare: Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 0.95 }))),
  /** Data-sheet bandwidth of one GPU's memory. */
  memoryBytesPerSec: Rate,
  memoryLatencyPs: WholePs,
  /** Data-sheet rates, one way: of a GPU into its NVLink switch, and of the NIC that each GPU has to itself. */
  nvlinkBytesPerSec: Rate,
  nicBytesPerSec: Rate,
  /** Share of them that large transfers reach. */
  linkShare: Share,
  nvlinkLatencyPs: WholePs,
  nicLatencyPs: WholePs,
  /** Multiprocessors that high-throughput exchange kernels get. */
  exchangeProcessors: Count
})
export type ClusterSpec = typeof ClusterSpec.Type
