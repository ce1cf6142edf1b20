/** Algorithm 1 with its ties broken the other way: what that does shows how much the rule matters. */
import type { AllocationPolicy } from "../allocator.ts"
import { allocateByBlocks } from "../algorithm-1/allocate.ts"

/** As `algorithm-1`, but of units with the same load the one with the higher id comes first. */
const algorithm1HighIds: AllocationPolicy = {
  contract: "allocation/v1",
  id: "algorithm-1-high-ids",
  title: "Algorithm 1, ties to the higher id",
  stateless: true,
  decides: "before",
  prepare: allocateByBlocks({ limit: "arithmetic", ties: "higher id" })
}

export default algorithm1HighIds
