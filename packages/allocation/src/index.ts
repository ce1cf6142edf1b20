/** Where a step's work goes: who computes how many tokens of an expert, and which copies of experts stay. */
export {
  allocationContract,
  type AllocateStep,
  type AllocationPolicy,
  type AllocationSetup,
  Allocator,
  allocatorKind,
  defaultBlockTokens,
  type TaskOrder
} from "./allocator.ts"
export { checkedAllocator, tokensFault } from "./checked-allocator.ts"
export { checkedResidency } from "./checked-residency.ts"
export { algorithm1 } from "./allocators/algorithm-1.ts"
export { atHome } from "./allocators/at-home.ts"
export { balance } from "./allocators/balance.ts"
export { copiesEven } from "./allocators/copies-even.ts"
export { copiesLp } from "./allocators/copies-lp.ts"
export { copiesStatic } from "./allocators/copies-static.ts"
export { even } from "./allocators/even.ts"
export { leastLoaded } from "./allocators/least-loaded.ts"
export { fixed } from "./residencies/fixed.ts"
export { predicted } from "./residencies/predicted.ts"
export { retained } from "./residencies/retained.ts"
export {
  type Knowledge,
  type PreparedResidency,
  Residency,
  residencyContract,
  residencyKind,
  type ResidencyPolicy,
  type ResidencySetup
} from "./residency.ts"
