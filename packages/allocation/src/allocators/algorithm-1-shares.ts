/** Algorithm 1 with its split limit read otherwise: by an expert's share of all requests. */
import type { AllocationPolicy } from "../allocator.ts"
import { allocateByBlocks } from "../algorithm-1/allocate.ts"

/** An expert may go to ceil(its requests x units / all requests) units, so that small batches split hot experts too. */
const algorithm1Shares: AllocationPolicy = {
  contract: "allocation/v1",
  id: "algorithm-1-shares",
  title: "Algorithm 1, split by shares of requests",
  stateless: true,
  decides: "before",
  prepare: allocateByBlocks({ limit: "shares", ties: "lower id" })
}

export default algorithm1Shares
