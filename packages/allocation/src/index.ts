/** Where a step's work goes: who computes how many tokens of an expert, and which copies of experts stay. */
export {
  type AllocateStep,
  type AllocationPolicy,
  type AllocationSetup,
  Allocator,
  allocatorKind,
  defaultBlockTokens
} from "./allocator.ts"
export { basePieces } from "./base/pieces.ts"
export { checkedAllocator, tokensFault } from "./checked-allocator.ts"
export { checkedResidency } from "./checked-residency.ts"
export {
  type Knowledge,
  type PreparedResidency,
  Residency,
  residencyKind,
  type ResidencyPolicy,
  type ResidencySetup
} from "./residency.ts"
