/** The study's allocation (Algorithm 1): experts whose arithmetic outweighs a fetch are split over holders and neighbours. */
import type { AllocationPolicy } from "../allocator.ts"
import { allocateByBlocks } from "../algorithm-1/allocate.ts"

/**
 * The split limit is derived from the machine's costs, nothing is fitted: floor(arithmetic of the expert's tokens / a fetch
 * from a neighbour), at least 1. Units that would be done at the same time are taken holders first, then by load, then by id.
 */
const algorithm1: AllocationPolicy = {
  contract: "allocation/v1",
  id: "algorithm-1",
  title: "Near the expert, balanced (the study's Algorithm 1)",
  stateless: true,
  decides: "before",
  prepare: allocateByBlocks({ limit: "arithmetic", ties: "lower id" })
}

export default algorithm1
